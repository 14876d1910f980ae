// A file of its own: types that both HTTP seams name.

/** The identity of a TLS peer. */
export interface PeerTls {
  /** Whether the certificate was verified against the trusted authorities. */
  readonly authorized: boolean;
  /** Why not. */
  readonly authorizationError?: string;
  /** The negotiated application protocol: `"h2"`, `"http/1.1"`. */
  readonly alpnProtocol?: string;
  /** The certificate that the peer showed. */
  readonly certificate?: PeerCertificate;
}

/** The parts of an X.509 certificate that identify its owner. */
export interface PeerCertificate {
  readonly commonName: string | undefined;
  /** `"DNS:localhost, URI:spiffe://..."`, as the platform prints it. */
  readonly subjectAltName: string | undefined;
  readonly issuerCommonName: string | undefined;
  readonly serialNumber: string;
  /** SHA-256, upper-case hex with colons. */
  readonly fingerprint256: string;
  /** The certificate in DER. */
  readonly raw: Uint8Array;
}
