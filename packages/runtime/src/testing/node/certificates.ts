import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** The authority's certificate. */
  readonly ca: string;
  /** For localhost and 127.0.0.1. */
  readonly server: KeyPair;
  /** Of CN `ada`, with a URI. */
  readonly client: KeyPair;
  /** Of CN `mallory`, signed by nobody that we know. */
  readonly stranger: KeyPair;
}

/** Makes an authority and certificates, with the `openssl` program. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "connect-ts-certificates-"));
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const read = (name: string): KeyPair => ({
    key: readFileSync(join(folder, `${name}.key`), "utf8"),
    cert: readFileSync(join(folder, `${name}.crt`), "utf8"),
  });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const selfSigned = (name: string, subject: string): void =>
    openssl("req", "-x509", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.crt`, "-days", "2", "-subj", subject);
  const signed = (name: string, subject: string, extensions: string): void => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    const ca = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...ca,
      "-out",
      `${name}.crt`,
      "-days",
      "2",
      "-extfile",
      `${name}.ext`,
    );
  };
  try {
    selfSigned("ca", "/CN=the authority");
    signed("server", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    signed("client", "/CN=ada", "subjectAltName=URI:spiffe://test/ada");
    selfSigned("stranger", "/CN=mallory");
    return { ca: read("ca").cert, server: read("server"), client: read("client"), stranger: read("stranger") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
