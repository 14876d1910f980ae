import { type Code, ConnectError } from "@connect-ts/runtime";

/** The same call may succeed later: something was not there, was too busy, too slow, or lost a race. */
const passing: ReadonlySet<Code> = new Set<Code>([
  "unavailable",
  "resource_exhausted",
  "deadline_exceeded",
  "aborted",
  "unknown",
]);

/**
 * Whether a query that failed is fetched again: the option `retry` of TanStack Query, which by itself tries everything
 * again, so that an error like `not_found` is seen after seven seconds. Codes that will be the same next time are final
 * here.
 *
 * @param retries - how often a query is fetched again, an integer from 0 on @default 3
 * @param codes - the codes after which it is @default unavailable, resource_exhausted, deadline_exceeded, aborted, unknown
 * @throws TypeError when `retries` is no such integer
 * @example
 * const queryClient = new QueryClient({ defaultOptions: { queries: { retry: retryPolicy() } } });
 */
export function retryPolicy(
  retries = 3,
  codes: Iterable<Code> = passing,
): (failureCount: number, error: unknown) => boolean {
  if (!(Number.isInteger(retries) && retries >= 0) && retries !== Number.POSITIVE_INFINITY)
    throw new TypeError(`the retries of retryPolicy() are ${String(retries)}, expected an integer from 0 on`);
  const retried = new Set(codes);
  return (failureCount, error) => failureCount < retries && retried.has(ConnectError.from(error).code);
}
