// The door of the package: what users import.
export { healthAndReflection, type OtelOptions, otel } from "./otel.js";
