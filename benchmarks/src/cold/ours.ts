// protobuf-es's codecs. The program with generated ones differs in its import.
import { createBenchServiceClient, createBenchServiceHandler } from "../gen/bench/v1/bench_connect.js";
import { oneCall } from "./one-call.js";

await oneCall(createBenchServiceHandler, createBenchServiceClient);
