/** What is known of a socket's other end; `session.socket` of `node:http2` has it too. */
export interface Addressed {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The other end of a socket for people: `"127.0.0.1:53211"`, `"[::1]:53211"`, or `"unix"` for a socket without one. */
export function socketAddress(socket: Addressed): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return "unix";
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
