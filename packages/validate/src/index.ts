// The door of the package: what users import.
export { type ValidateOptions, validate } from "./validate.js";
export { violationsOf } from "./violations-of.js";
