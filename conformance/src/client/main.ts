import { create } from "@bufbuild/protobuf";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  type ClientCompatResponse,
  ClientCompatResponseSchema,
  ClientErrorResultSchema,
} from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { readDelimited, writeDelimited } from "../delimited.js";
import { invoke } from "./invoke.js";

/** Enough that the cases which wait do not add up, and few enough that none of them waits for the others. */
const parallel = 16;

const running = new Set<Promise<void>>();
for await (const request of readDelimited(process.stdin, ClientCompatRequestSchema)) {
  const call = run(request).then((response) => {
    running.delete(call);
    writeDelimited(process.stdout, ClientCompatResponseSchema, response);
  });
  running.add(call);
  if (running.size >= parallel) await Promise.race(running);
}
await Promise.all(running);

async function run(request: ClientCompatRequest): Promise<ClientCompatResponse> {
  const { testName } = request;
  try {
    const value = await invoke(request);
    return create(ClientCompatResponseSchema, { testName, result: { case: "response", value } });
  } catch (error) {
    const value = create(ClientErrorResultSchema, { message: String(error) });
    return create(ClientCompatResponseSchema, { testName, result: { case: "error", value } });
  }
}
