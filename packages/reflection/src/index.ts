// The door of the package: what users import.
export { type ReflectServerOptions, reflectServer } from "./reflect-server.js";
export { createReflection, type ReflectionOptions, registryOf } from "./reflection.js";
