// A file of its own: the handlers with one response use it.
import type { Any } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connect-ts/runtime";
import type { ConformancePayloadInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import {
  ConformancePayload_RequestInfoSchema,
  type UnaryResponseDefinition,
} from "#gen/connectrpc/conformance/v1/service_pb.js";
import { wait } from "#platform";
import { connectError } from "../errors.js";
import { addMetadata } from "./metadata.js";
import { requestInfo } from "./request-info.js";

/** The answer of RPCs that have one. */
export async function singlePayload(
  definition: UnaryResponseDefinition | undefined,
  requests: Any[],
  context: HandlerContext,
): Promise<ConformancePayloadInit> {
  const info = requestInfo(context, requests);
  if (definition === undefined) return { requestInfo: info };
  addMetadata(context, definition);
  const { response, responseDelayMs } = definition;
  if (responseDelayMs > 0) await wait(responseDelayMs, undefined, { signal: context.signal });
  if (response.case === "error") {
    throw connectError(response.value).addDetail(ConformancePayload_RequestInfoSchema, info);
  }
  return response.case === "responseData" ? { data: response.value, requestInfo: info } : { requestInfo: info };
}
