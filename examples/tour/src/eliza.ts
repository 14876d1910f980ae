// What the parts of the tour take from the Eliza example.
export {
  createElizaServiceClient,
  createElizaServiceHandler,
  UnimplementedElizaServiceHandler,
} from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
export {
  ElizaService,
  type SayRequest,
  SayRequestSchema,
  SayResponseSchema,
} from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_pb.js";
export { elizaHandler } from "../../eliza/src/service.js";
