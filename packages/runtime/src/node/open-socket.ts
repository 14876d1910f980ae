import net from "node:net";
import tls from "node:tls";

/** Where to connect to, and how. */
export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  /** Absent: no TLS. */
  readonly tls: tls.ConnectionOptions | undefined;
  /** For TLS: the application protocols to offer, first is preferred. */
  readonly alpn: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Makes a connection, TLS handshake included.
 *
 * @param done - is called once, never before this function has returned
 */
export function openSocket(target: SocketTarget, done: (error: unknown, socket: net.Socket | undefined) => void): void {
  let socket: net.Socket;
  try {
    socket = start(target);
  } catch (error) {
    // Bad options, such as a certificate that does not parse.
    queueMicrotask(() => done(error, undefined));
    return;
  }
  const event = target.tls === undefined ? "connect" : "secureConnect";
  const timer = setTimeout(() => settle(new Error(`no answer within ${target.timeoutMs} ms`)), target.timeoutMs);
  const onError = (error: unknown): void => settle(error);
  const onClose = (): void => settle(new Error("the connection was closed before it was ready"));
  const onReady = (): void => settle(undefined);
  function settle(error: unknown): void {
    clearTimeout(timer);
    socket.removeListener(event, onReady);
    socket.removeListener("close", onClose);
    if (error === undefined) {
      socket.removeListener("error", onError);
      done(undefined, socket);
      return;
    }
    // The error listener stays: destroying a socket may emit another error, which would end the process.
    socket.destroy();
    const failed = done;
    done = ignore;
    failed(error, undefined);
  }
  socket.once(event, onReady);
  socket.on("error", onError);
  socket.once("close", onClose);
}

function ignore(): void {}

function start(target: SocketTarget): net.Socket {
  const where =
    target.socketPath === undefined ? { host: target.host, port: target.port } : { path: target.socketPath };
  if (target.tls === undefined) return net.connect({ ...where, noDelay: true });
  // RFC 6066 section 3: a server name is never an address.
  const servername = target.socketPath === undefined && net.isIP(target.host) !== 0 ? "" : target.host;
  const socket = tls.connect({ servername, ...target.tls, ...where, ALPNProtocols: [...target.alpn] });
  socket.setNoDelay(true);
  return socket;
}
