import { version } from "../shared/version.js";

/** What gRPC calls say of this library, unless the user says otherwise: it begins with `grpc-`, as the specification has it. */
export const grpcUserAgent: string = `grpc-connect-ts/${version}`;
