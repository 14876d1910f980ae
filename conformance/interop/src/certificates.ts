// Writes ca.pem, server.pem and server.key, for localhost, to a folder.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testCertificates } from "../../../tests/setup/certificates.js";

const [folder = "."] = process.argv.slice(2);
const { ca, server } = testCertificates();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "ca.pem"), ca);
writeFileSync(join(folder, "server.pem"), server.cert);
writeFileSync(join(folder, "server.key"), server.key);
