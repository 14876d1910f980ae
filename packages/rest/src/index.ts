// The door of the package: what users import.
export { type CustomHttpPattern, type Http, type HttpRule, HttpSchema } from "./gen/google/api/http_pb.js";
export { type LiveServices, type RestOptions, rest } from "./rest.js";
