// A file of its own: several peers on grpc-js use it, and the others do not load grpc-js.
import { fileURLToPath } from "node:url";
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** The service as `@grpc/proto-loader` makes it with its defaults. */
export function loadService(): ServiceClientConstructor {
  const proto = fileURLToPath(new URL("../proto", import.meta.url));
  const loaded = loadPackageDefinition(loadSync("bench/v1/bench.proto", { includeDirs: [proto] }));
  return ((loaded.bench as GrpcObject).v1 as GrpcObject).BenchService as ServiceClientConstructor;
}
