// A file of its own: the calls of all kinds use it.
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";

/** The request messages of a call, which the runner gives as `google.protobuf.Any`. */
export function messagesOf<Desc extends DescMessage>(
  { requestMessages }: ClientCompatRequest,
  schema: Desc,
): MessageShape<Desc>[] {
  return requestMessages.map((any) => {
    const message = anyUnpack(any, schema);
    if (message === undefined) throw new Error(`expected a ${schema.typeName}, got ${any.typeUrl}`);
    return message;
  });
}

/** The only request message of a call. */
export function singleMessageOf<Desc extends DescMessage>(
  request: ClientCompatRequest,
  schema: Desc,
): MessageShape<Desc> {
  const [message, ...more] = messagesOf(request, schema);
  if (message === undefined || more.length > 0) throw new Error("expected one request message");
  return message;
}
