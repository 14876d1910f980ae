// A program of bench:cold, as Lambda would load it: generated codecs.
import { lambdaHandler } from "@connect-ts/runtime/lambda";
import { createBenchServiceHandler } from "../with-codecs/gen/bench/v1/bench_connect.js";
import { end } from "./end.js";
import { implementation } from "./implementation.js";
import { eventFor, tinyPath } from "./lambda-event.js";

const handler = lambdaHandler([createBenchServiceHandler(implementation)]);
end((await handler(eventFor(tinyPath, { text: "hi" }), {})).body === '{"text":"hi"}');
