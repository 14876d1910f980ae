import { once } from "node:events";
import grpc from "@grpc/grpc-js";
import { blob, event, order, orderWithNumbers, text, tiny } from "../messages.js";
import { loadService } from "./loaded-proto.js";
import { check, type Peer } from "./peer.js";

interface Event {
  readonly number: number;
  readonly text: string;
}

const clientInterceptor: grpc.Interceptor = (options, nextCall) => new grpc.InterceptingCall(nextCall(options));
const serverInterceptor: grpc.ServerInterceptor = (_descriptor, call) => new grpc.ServerInterceptingCall(call);

const implementation: grpc.UntypedServiceImplementation = {
  tiny(call: grpc.ServerUnaryCall<{ text: string }, unknown>, callback: grpc.sendUnaryData<unknown>) {
    callback(null, { text: call.request.text });
  },
  nested(call: grpc.ServerUnaryCall<{ order: unknown }, unknown>, callback: grpc.sendUnaryData<unknown>) {
    callback(null, { order: call.request.order });
  },
  blob(call: grpc.ServerUnaryCall<{ data: unknown }, unknown>, callback: grpc.sendUnaryData<unknown>) {
    callback(null, { data: call.request.data });
  },
  async subscribe(call: grpc.ServerWritableStream<{ count: number }, unknown>) {
    for (let i = 0; i < call.request.count; i++) if (!call.write(event)) await once(call, "drain");
    call.end();
  },
  publish(call: grpc.ServerReadableStream<Event, unknown>, callback: grpc.sendUnaryData<unknown>) {
    let count = 0;
    call.on("data", () => {
      count++;
    });
    call.on("end", () => callback(null, { count }));
  },
  chat(call: grpc.ServerDuplexStream<Event, unknown>) {
    call.on("data", (request: Event) => call.write({ number: request.number, text: request.text }));
    call.on("end", () => call.end());
  },
};

type Unary = (request: unknown, options: grpc.CallOptions, callback: (error: unknown, answer: Answer) => void) => void;
interface Answer {
  readonly text: string;
  readonly data: Uint8Array;
  readonly order: { readonly items: readonly unknown[] };
}

export const grpcJs: Peer = {
  async serve(setup) {
    const server = new grpc.Server(setup.interceptors ? { interceptors: [serverInterceptor] } : {});
    server.addService(loadService().service, implementation);
    const credentials = setup.tls
      ? grpc.ServerCredentials.createSsl(null, [
          { cert_chain: Buffer.from(setup.tls.cert), private_key: Buffer.from(setup.tls.key) },
        ])
      : grpc.ServerCredentials.createInsecure();
    return await new Promise((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  },

  connect(setup, port) {
    const credentials = setup.tls
      ? grpc.credentials.createSsl(Buffer.from(setup.tls.ca))
      : grpc.credentials.createInsecure();
    const client = new (loadService())(`127.0.0.1:${port}`, credentials, {
      // Newer versions of Node refuse an address as the name of a server.
      ...(setup.tls && { "grpc.ssl_target_name_override": "localhost" }),
      // Channels share connections otherwise, and scenarios count them.
      "grpc.use_local_subchannel_pool": 1,
      ...(setup.interceptors && { interceptors: [clientInterceptor] }),
    });
    const unary = (method: string, request: unknown): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const options = setup.timeoutMs === undefined ? {} : { deadline: Date.now() + setup.timeoutMs };
        (client[method] as unknown as Unary).call(client, request, options, (error, answer) => {
          if (error) reject(error);
          else resolve(answer);
        });
      });
    const duplex = (): grpc.ClientDuplexStream<Event, Event> => (client.chat as () => never).call(client);
    return {
      async tiny() {
        check((await unary("tiny", tiny)).text === text);
      },
      async nested() {
        check((await unary("nested", { order: orderWithNumbers })).order.items.length === order.items.length);
      },
      async blob() {
        check((await unary("blob", blob)).data.length === blob.data.length);
      },
      subscribe(count) {
        return new Promise((resolve, reject) => {
          const call: grpc.ClientReadableStream<Event> = (client.subscribe as (request: unknown) => never).call(
            client,
            { count },
          );
          let got = 0;
          call.on("data", () => {
            got++;
          });
          call.on("error", reject);
          call.on("end", () => (got === count ? resolve() : reject(new Error(`${got} messages`))));
        });
      },
      publish(count) {
        return new Promise((resolve, reject) => {
          const call: grpc.ClientWritableStream<Event> = (client.publish as (done: unknown) => never).call(
            client,
            (error: unknown, answer: { count: number }) => {
              if (error) reject(error);
              else if (answer.count === count) resolve();
              else reject(new Error(`${answer.count} messages`));
            },
          );
          const send = async (): Promise<void> => {
            for (let i = 0; i < count; i++) if (!call.write(event)) await once(call, "drain");
            call.end();
          };
          send().catch(reject);
        });
      },
      chat(count) {
        return new Promise((resolve, reject) => {
          const call = duplex();
          let got = 0;
          call.on("data", () => {
            got++;
            if (got < count) call.write(event);
            else call.end();
          });
          call.on("error", reject);
          call.on("end", () => (got === count ? resolve() : reject(new Error(`${got} answers`))));
          call.write(event);
        });
      },
      async idle() {
        const call = duplex();
        call.on("error", () => undefined);
        const answered = once(call, "data");
        call.write(event);
        await answered;
      },
    };
  },
};
