// A file of its own: client and server name addresses alike.

/** What is known of a socket's other end; `session.socket` of `node:http2` has it too. */
export interface Addressed {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

const mapped = /^::ffff:\d+\.\d+\.\d+\.\d+$/i;

/** The other end of a socket for people: `"127.0.0.1:53211"`, `"[::1]:53211"`, or `"unix"` for a socket without one. */
export function socketAddress(socket: Addressed): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return "unix";
  // A server that listens on IPv6 gets clients of IPv4 too, by mapped addresses (RFC 4291 section 2.5.5.2).
  if (mapped.test(remoteAddress)) return `${remoteAddress.slice(7)}:${remotePort}`;
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
