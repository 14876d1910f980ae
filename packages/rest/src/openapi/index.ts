// The door ./openapi: what users import.
export { type OpenApiOptions, openApi, openApiRoute } from "./open-api.js";
