// A program of bench:cold: each is a process of its own, which loads one stack.
import grpc from "@grpc/grpc-js";
import { loadService } from "../peers/loaded-proto.js";
import { end } from "./end.js";

type Unary = (request: object, callback: (error: unknown, answer: { readonly text: string }) => void) => void;

const Service = loadService();
const server = new grpc.Server();
server.addService(Service.service, {
  tiny(call: grpc.ServerUnaryCall<{ text: string }, unknown>, callback: grpc.sendUnaryData<unknown>) {
    callback(null, { text: call.request.text });
  },
});
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
});
const client = new Service(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
(client.tiny as unknown as Unary).call(client, { text: "hi" }, (error, answer) => end(!error && answer.text === "hi"));
