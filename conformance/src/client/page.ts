// What the page in Chromium runs: main-chromium.ts gives it the runner's requests.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import {
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
  ClientErrorResultSchema,
} from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { invoke } from "./invoke.js";

/** A request and its response, in base64: what crosses between page and program is JSON. */
async function run(encoded: string): Promise<string> {
  const request = fromBinary(ClientCompatRequestSchema, base64Decode(encoded));
  const result = await invoke(request).then(
    (value) => ({ case: "response" as const, value }),
    (error: unknown) => ({
      case: "error" as const,
      value: create(ClientErrorResultSchema, { message: String(error) }),
    }),
  );
  const response = create(ClientCompatResponseSchema, { testName: request.testName, result });
  return base64Encode(toBinary(ClientCompatResponseSchema, response));
}

Object.assign(globalThis, { run });
