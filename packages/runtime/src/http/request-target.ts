// A file of its own: routers, protocols and contexts split the target of a request (RFC 9112 section 3.2.1) alike.

/** What stands before the query. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/** The query without its `?`; empty when there is none. */
export function queryOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? "" : target.slice(mark + 1);
}
