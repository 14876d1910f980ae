import net, { type Socket } from "node:net";
import { messageOf } from "../failure.js";

/** A proxy, as its URL says. */
export interface ProxyServer {
  readonly kind: "http" | "socks5";
  /** It is spoken to over TLS. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** How long an answer of a proxy may be. */
const maxReplyBytes = 16_384;

/** RFC 1928 section 6. */
const socksReplies: readonly string[] = [
  "succeeded",
  "general failure",
  "not allowed by its rules",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "TTL expired",
  "command not supported",
  "address type not supported",
];

/** The schemes of proxies. */
const usualPorts: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["https:", 443],
  ["socks5:", 1080],
]);

/** @throws TypeError for what is no URL of a proxy; the text has no password */
export function parseProxy(text: string): ProxyServer {
  const wanted = 'proxy must be a URL such as "http://proxy.example:3128" or "socks5://localhost:1080"';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError(wanted);
  }
  const { protocol, hostname, port } = url;
  const kind = protocol === "socks5:" ? "socks5" : "http";
  const usualPort = usualPorts.get(protocol);
  if (usualPort === undefined || hostname === "") throw new TypeError(`${wanted}, and it begins with ${protocol}`);
  return {
    kind,
    secure: protocol === "https:",
    host: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: port === "" ? usualPort : Number(port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/**
 * Whether a host is reached without the proxy: `*`, a name with all below it, `.name` or `*.name` for those below, an address or
 * a range of them, with a port or without.
 */
export function isDirect(noProxy: readonly string[], host: string, port: number): boolean {
  const bare = host.toLowerCase();
  return noProxy.some((text) => {
    const entry = text.trim().toLowerCase();
    if (entry.includes("/")) return isInRange(host, entry);
    const [, name = "", ownPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(net.isIP(entry) ? `[${entry}]` : entry) ?? [];
    if (name === "" || (ownPort !== undefined && Number(ownPort) !== port)) return false;
    const wanted = name.startsWith("*.") ? name.slice(1) : name;
    if (wanted === "*" || wanted === bare) return true;
    return net.isIP(host) === 0 && bare.endsWith(wanted.startsWith(".") ? wanted : `.${wanted}`);
  });
}

/** Ranges of addresses as in `10.0.0.0/8`. */
function isInRange(host: string, entry: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = net.isIP(network);
  if (family === 0 || net.isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const range = new net.BlockList();
  range.addSubnet(network, Number(bits), type);
  return range.check(host, type);
}

/**
 * Asks a proxy for a way to a host, which it looks up itself.
 *
 * @param reach - gives a connection to the proxy
 */
export async function throughProxy(
  proxy: ProxyServer,
  host: string,
  port: number,
  reach: () => Socket | Promise<Socket>,
): Promise<Socket> {
  try {
    const socket = await reach();
    await (proxy.kind === "http" ? httpConnect(socket, proxy, host, port) : socks5(socket, proxy, host, port));
    return socket;
  } catch (cause) {
    throw new Error(`the proxy ${proxy.host}:${proxy.port} ${messageOf(cause)}`, { cause });
  }
}

export function withoutTls(cause: unknown): Error {
  return new Error(`does not agree to TLS: ${messageOf(cause)}`, { cause });
}

/** RFC 9110 section 9.3.6. */
async function httpConnect(socket: Socket, { user, password }: ProxyServer, host: string, port: number): Promise<void> {
  const target = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const credentials = Buffer.from(`${user}:${password}`).toString("base64");
  const authorization = user + password === "" ? "" : `proxy-authorization: Basic ${credentials}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${authorization}\r\n`);
  const head = await read(socket, (bytes) => {
    const end = bytes.indexOf("\r\n\r\n");
    return end < 0 ? undefined : end + 4;
  });
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString("latin1"))?.[1];
  if (status === undefined) throw new Error("does not answer in HTTP/1.1");
  if (!status.startsWith("2")) throw new Error(`answered CONNECT ${target} with HTTP status ${status}`);
}

/** RFC 1928, with the passwords of RFC 1929. */
async function socks5(socket: Socket, { user, password }: ProxyServer, host: string, port: number): Promise<void> {
  const named = user + password !== "";
  socket.write(Uint8Array.from(named ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await read(socket, () => 2);
  if (version !== 5) throw new Error("does not answer in SOCKS5");
  if (method === 2 && named) {
    socket.write(Buffer.concat([Uint8Array.of(1), counted(user), counted(password)]));
    const [, failure] = await read(socket, () => 2);
    if (failure !== 0) throw new Error("refused user and password");
  } else if (method !== 0) throw new Error(named ? "takes no password" : "wants a user and a password");
  socket.write(Buffer.concat([Uint8Array.of(5, 1, 0), socksAddress(host), Uint8Array.of(port >> 8, port & 255)]));
  const reply = await read(socket, (bytes) => {
    const length = bytes[3] === 1 ? 4 : bytes[3] === 4 ? 16 : 1 + (bytes[4] ?? 0);
    return bytes.length < 5 ? undefined : 6 + length;
  });
  const code = reply[1] as number;
  if (code !== 0) throw new Error(`cannot reach ${host}:${port}: ${socksReplies[code] ?? `code ${code}`}`);
}

function socksAddress(host: string): Uint8Array {
  if (net.isIPv4(host)) return Uint8Array.from([1, ...host.split(".").map(Number)]);
  // An IPv6 address as a name is understood too (RFC 1928 does not forbid it), and needs no parser.
  return Buffer.concat([Uint8Array.of(3), counted(host)]);
}

function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Error("takes no names longer than 255 bytes");
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}

/**
 * Reads an answer, and leaves what follows it.
 *
 * @param lengthOf - how long the answer is, as soon as that can be told
 */
function read(socket: Socket, lengthOf: (bytes: Buffer) => number | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onReadable = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
        bytes = Buffer.concat([bytes, chunk]);
      const length = lengthOf(bytes);
      if (length !== undefined && bytes.length >= length) {
        stop();
        if (bytes.length > length) socket.unshift(bytes.subarray(length));
        resolve(bytes.subarray(0, length));
      } else if (bytes.length > maxReplyBytes) {
        stop();
        reject(new Error("sends an answer that does not end"));
      }
    };
    const onClose = (): void => {
      stop();
      reject(new Error("closed the connection"));
    };
    const stop = (): void => {
      socket.removeListener("readable", onReadable);
      socket.removeListener("end", onClose);
      socket.removeListener("close", onClose);
    };
    socket.on("readable", onReadable);
    socket.on("end", onClose);
    socket.on("close", onClose);
  });
}
