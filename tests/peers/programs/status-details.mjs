import protobuf from "protobufjs";

// What google.rpc.Status looks like on the wire, and ping.v1.FailDetail.
const types = protobuf.Root.fromJSON({
  nested: {
    Any: { fields: { typeUrl: { type: "string", id: 1 }, value: { type: "bytes", id: 2 } } },
    Status: {
      fields: {
        code: { type: "int32", id: 1 },
        message: { type: "string", id: 2 },
        details: { rule: "repeated", type: "Any", id: 3 },
      },
    },
    FailDetail: { fields: { reason: { type: "string", id: 1 } } },
  },
});
const Status = types.lookupType("Status");
const FailDetail = types.lookupType("FailDetail");
const typeUrl = "type.googleapis.com/ping.v1.FailDetail";

/** The bytes of `grpc-status-details-bin`. */
export function statusWithReason(code, message, reason) {
  const details = [{ typeUrl, value: FailDetail.encode({ reason }).finish() }];
  return Buffer.from(Status.encode({ code, message, details }).finish());
}

/** The reasons in `grpc-status-details-bin`, which must say the same as the other two status trailers. */
export function readReasons(bytes, code, message) {
  const status = Status.decode(bytes);
  if (status.code !== code || status.message !== message) throw new Error("the status and its details differ");
  return status.details
    .filter((detail) => detail.typeUrl === typeUrl)
    .map(({ value }) => FailDetail.decode(value).reason);
}
