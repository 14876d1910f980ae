// One of the processes that serve on a port: some do nothing but answer, some take a millisecond of the processor for it.
import { serve } from "@connect-ts/runtime/node";
import {
  createBenchServiceHandler,
  UnimplementedBenchServiceHandler,
} from "./with-codecs/gen/bench/v1/bench_connect.js";
import type { NestedRequest, TinyRequest } from "./with-codecs/gen/bench/v1/bench_pb.js";

const workUs = 1000;

class Service extends UnimplementedBenchServiceHandler {
  override nested(request: NestedRequest) {
    return request.order === undefined ? {} : { order: request.order };
  }

  override tiny({ text }: TinyRequest) {
    const begun = process.cpuUsage();
    for (;;) {
      const { user, system } = process.cpuUsage(begun);
      if (user + system >= workUs) return { text };
    }
  }
}

const server = await serve({
  handlers: createBenchServiceHandler(new Service()),
  host: "127.0.0.1",
  port: Number(process.env.PORT),
});

process.once("SIGTERM", async () => {
  await server.drain({ graceMs: 10_000 });
  process.exit();
});
