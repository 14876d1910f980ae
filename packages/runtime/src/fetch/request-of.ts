/**
 * The Request that a call came by, in a handler or its interceptors; `undefined` when it came by another adapter.
 *
 * @param context - the handler's context
 */
export function fetchRequest(context: { readonly request: unknown }): Request | undefined {
  const { request } = context;
  // Not by instanceof: hosts and tests have their own classes of that name.
  return typeof request === "object" && request !== null && "arrayBuffer" in request && "headers" in request
    ? (request as Request)
    : undefined;
}
