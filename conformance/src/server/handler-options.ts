// A file of its own: the servers on Node and on fetch use it.
import { binary, type HandlerOptions, json } from "@connect-ts/runtime";
import { compressions } from "../compressions.js";
import { registry } from "../registry.js";

export function handlerOptions(messageReceiveLimit: number): HandlerOptions {
  return {
    codecs: [binary(), json({ registry })],
    compressions,
    compressMinBytes: 0,
    readMaxBytes: messageReceiveLimit === 0 ? undefined : messageReceiveLimit,
    allowHalfDuplexBidiOverHttp1: true,
  };
}
