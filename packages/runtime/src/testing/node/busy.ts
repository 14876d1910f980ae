// A file of its own: tests of clients and of servers need it.

/** Leaves this process no time for anything else. */
export function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
