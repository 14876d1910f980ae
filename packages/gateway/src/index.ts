// The door of the package: what users import.
export { createGateway, type Gateway, type GatewayOptions, type GatewaySchema } from "./gateway.js";
