// The door of the package: what users import.
export { createHealthClient, type HealthClient } from "./gen/grpc/health/v1/health_connect.js";
export type { HealthCheckRequestInit, HealthListRequestInit } from "./gen/grpc/health/v1/health_init.js";
export {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  type HealthListRequest,
  type HealthListResponse,
} from "./gen/grpc/health/v1/health_pb.js";
export { createHealth, type Health, type HealthOptions } from "./health.js";
export type { HealthCheck } from "./health-check.js";
export type { ServingStatus } from "./status.js";
export { type WaitUntilServingOptions, waitUntilServing } from "./wait-until-serving.js";
