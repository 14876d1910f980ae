// A file of its own: the client's and the server's program use it.
import { createRegistry, type Registry } from "@bufbuild/protobuf";
import { file_connectrpc_conformance_v1_service } from "#gen/connectrpc/conformance/v1/service_pb.js";

/** The types that stand in `google.protobuf.Any` in the JSON of this service. */
export const registry: Registry = createRegistry(file_connectrpc_conformance_v1_service);
