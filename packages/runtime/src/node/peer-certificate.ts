import type { PeerCertificate as NodeCertificate, TLSSocket } from "node:tls";
import type { PeerCertificate, PeerTls } from "../http/peer-tls.js";

/** The parts of a TLS socket that identify its peer; `session.socket` of `node:http2` has them too. */
export type TlsInfo = Pick<TLSSocket, "authorized" | "authorizationError" | "alpnProtocol" | "getPeerCertificate">;

/** The identity of a TLS peer. The certificate is parsed when it is asked for. */
export function peerTls(socket: TlsInfo): PeerTls {
  // The getter of a class may give undefined where the optional property of the interface is rather absent.
  return new SocketPeerTls(socket) as PeerTls;
}

class SocketPeerTls {
  readonly authorized: boolean;
  readonly authorizationError?: string;
  readonly alpnProtocol?: string;
  socket: TlsInfo | undefined;
  parsed: PeerCertificate | undefined;

  constructor(socket: TlsInfo) {
    this.socket = socket;
    this.authorized = socket.authorized;
    // Node has had an Error here and a code as string, against its types.
    const problem = socket.authorizationError as unknown;
    if (problem !== undefined && problem !== null)
      this.authorizationError = String((problem as Error).message ?? problem);
    if (typeof socket.alpnProtocol === "string") this.alpnProtocol = socket.alpnProtocol;
  }

  get certificate(): PeerCertificate | undefined {
    if (this.socket !== undefined) {
      try {
        this.parsed = parse(this.socket.getPeerCertificate());
      } catch {
        // The connection is gone, and its certificate with it.
      }
      this.socket = undefined;
    }
    return this.parsed;
  }
}

function parse(certificate: NodeCertificate | null | undefined): PeerCertificate | undefined {
  // Without a certificate Node gives an empty object.
  if (certificate?.raw === undefined) return undefined;
  return {
    commonName: first(certificate.subject?.CN),
    subjectAltName: certificate.subjectaltname,
    issuerCommonName: first(certificate.issuer?.CN),
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    raw: certificate.raw,
  };
}

function first(name: string | string[] | undefined): string | undefined {
  return Array.isArray(name) ? name[0] : name;
}
