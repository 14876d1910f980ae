// Generated codecs.
import { createBenchServiceClient, createBenchServiceHandler } from "../with-codecs/gen/bench/v1/bench_connect.js";
import { oneCall } from "./one-call.js";

await oneCall(createBenchServiceHandler, createBenchServiceClient);
