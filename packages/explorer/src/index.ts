// The door of the package: what users import.
export { type ExplorerOptions, explorer, type LiveServices } from "./explorer.js";
