// A peer of its own: its process loads generated codecs.
import { createBenchServiceClient, createBenchServiceHandler } from "../with-codecs/gen/bench/v1/bench_connect.js";
import { oursWith } from "./ours.js";
import type { Peer } from "./peer.js";

/** With the codecs that `codecs=true` generates. */
export const oursCodecs: Peer = oursWith({ createBenchServiceClient, createBenchServiceHandler });
