// The door: the plugin for those who run it in their process.
export { protocGenConnectTs } from "./plugin.js";
