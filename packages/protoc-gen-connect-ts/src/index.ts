export { protocGenConnectTs } from "./plugin.js";
