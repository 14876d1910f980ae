import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A certificate with its key, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority that tests trust, with a certificate for localhost and one for a client. */
export interface TestCertificates {
  readonly ca: string;
  readonly server: Certificate;
  readonly client: Certificate;
}

/** Makes fresh X.509 certificates (RFC 5280), so that no key stands in the tree and no tool is needed. */
export function testCertificates(clientName = "test-client"): TestCertificates {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issue = (commonName: string, keys: { publicKey: KeyObject }, ca: boolean): string =>
    certificate({
      commonName,
      issuer: "connect-ts test authority",
      publicKey: keys.publicKey,
      signer: authority.privateKey,
      ca,
    });
  const leaf = (commonName: string): Certificate => {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return {
      key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      cert: issue(commonName, keys, false),
    };
  };
  return {
    ca: issue("connect-ts test authority", authority, true),
    server: leaf("localhost"),
    client: leaf(clientName),
  };
}

interface CertificateOptions {
  readonly commonName: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly ca: boolean;
}

// Two bytes, the first of them below 0x80: DER wants the shortest form.
let serial = 0x100;

function certificate({ commonName, issuer, publicKey, signer, ca }: CertificateOptions): string {
  const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));
  const day = 24 * 60 * 60 * 1000;
  const extensions = [
    sequence(
      oid("2.5.29.19"),
      tlv(0x01, Buffer.from([0xff])),
      octets(sequence(...(ca ? [tlv(0x01, Buffer.from([0xff]))] : []))),
    ),
  ];
  if (!ca) {
    const names = sequence(tlv(0x82, Buffer.from("localhost")), tlv(0x87, Buffer.from([127, 0, 0, 1])));
    extensions.push(sequence(oid("2.5.29.17"), octets(names)));
  }
  const body = sequence(
    tlv(0xa0, integer(2)),
    integer(serial++),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(Date.now() - day), time(Date.now() + 30 * day)),
    name(commonName),
    createPublicKey(publicKey.export({ type: "spki", format: "pem" })).export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", body, signer);
  const der = sequence(body, ecdsaWithSha256, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function octets(content: Buffer): Buffer {
  return tlv(0x04, content);
}

function integer(value: number): Buffer {
  return tlv(0x02, value < 0x80 ? Buffer.from([value]) : Buffer.from([value >> 8, value & 0xff]));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

function name(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from(commonName)))));
}

function time(at: number): Buffer {
  return tlv(
    0x17,
    Buffer.from(
      `${new Date(at)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, "")
        .slice(2)}`,
    ),
  );
}
