// Connect's own packages have no adapter for Lambda: what is measured is their router, given the event as a request of `fetch`.
import { createConnectRouter } from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import { BenchService } from "../gen/bench/v1/bench_pb.js";
import { end } from "./end.js";
import { eventFor, tinyPath } from "./lambda-event.js";

const router = createConnectRouter().service(BenchService, { tiny: ({ text }) => ({ text }) });
const handlers = new Map(router.handlers.map((one) => [one.requestPath, createFetchHandler(one)]));
const { rawPath, headers, body, requestContext } = eventFor(tinyPath, { text: "hi" });
const request = new Request(`https://${headers.host}${rawPath}`, { method: requestContext.http.method, headers, body });
const answer = await handlers.get(rawPath)?.(request);
end((await answer?.text()) === '{"text":"hi"}');
