import grpc from "@grpc/grpc-js";
import { grpcJsMethods } from "./grpc-js.js";
import type { RunningServer } from "./servers.js";
import { type Ran, spin } from "./service.js";

/** The server of @grpc/grpc-js. */
export async function grpcJsServer(port: number, ran: Ran): Promise<RunningServer> {
  const server = new grpc.Server();
  server.addService(Object.fromEntries(Object.values(grpcJsMethods).map((method) => [nameOf(method.path), method])), {
    Ping(call: grpc.ServerUnaryCall<PingMessage, object>, callback: grpc.sendUnaryData<object>) {
      begin(ran, call, call.request.number);
      const end = once(() => ran.ended++);
      const { number, text, data, delayMs } = call.request;
      if (text === "busy") spin(delayMs);
      const timer = setTimeout(
        () => {
          end();
          callback(null, { number, text, data });
        },
        text === "busy" ? 0 : delayMs,
      );
      call.on("cancelled", () => {
        clearTimeout(timer);
        end();
      });
    },
    Sum(call: grpc.ServerReadableStream<NumberMessage, object>, callback: grpc.sendUnaryData<object>) {
      begin(ran, call);
      const end = once(() => ran.ended++);
      call.on("cancelled", end);
      let sum = 0n;
      call.on("data", ({ number }: NumberMessage) => {
        sum += number;
      });
      call.on("end", () => {
        if (!call.cancelled) ran.complete++;
        end();
        callback(null, { sum });
      });
    },
    async CountUp(call: grpc.ServerWritableStream<PingMessage & { readonly padding: Uint8Array }, object>) {
      begin(ran, call);
      const { number, padding } = call.request;
      for (let next = 1n; next <= number && !call.cancelled; next++) {
        if (!call.write({ number: next, padding })) await drained(call);
      }
      ran.ended++;
      call.end();
    },
    CumSum(call: grpc.ServerDuplexStream<NumberMessage, object>) {
      begin(ran, call);
      const end = once(() => ran.ended++);
      call.on("cancelled", end);
      let sum = 0n;
      call.on("data", ({ number }: NumberMessage) => {
        sum += number;
        call.write({ sum });
      });
      call.on("end", () => {
        end();
        call.end();
      });
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, got) =>
      error ? reject(error) : resolve(got),
    );
  });
  return {
    port: bound,
    drain(graceMs) {
      return new Promise<void>((resolve) => {
        const timer = setTimeout(() => server.forceShutdown(), graceMs);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    async close() {
      server.forceShutdown();
    },
  };
}

interface NumberMessage {
  readonly number: bigint;
}

interface PingMessage extends NumberMessage {
  readonly text: string;
  readonly data: Uint8Array;
  readonly delayMs: number;
}

function begin(ran: Ran, call: { on(event: "cancelled", listener: () => void): unknown }, number?: bigint): void {
  const controller = new AbortController();
  ran.begin(controller.signal, number);
  call.on("cancelled", () => controller.abort());
}

function once(run: () => void): () => void {
  let over = false;
  return () => {
    if (over) return;
    over = true;
    run();
  };
}

function drained(call: grpc.ServerWritableStream<unknown, object>): Promise<void> {
  return new Promise((resolve) => {
    call.once("drain", resolve);
    call.once("cancelled", resolve);
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
