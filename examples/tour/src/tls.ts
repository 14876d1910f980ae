import { ConnectError, grpc, type Interceptor } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { testCertificates } from "../../../tests/setup/certificates.js";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

const files = testCertificates("ada");

// #region peer
/** Lets in clients by the name in their certificate. */
const requireAda: Interceptor = async (call, next) => {
  if (call.peer.tls?.certificate?.commonName !== "ada") throw new ConnectError("permission_denied");
  await next();
};
// #endregion

// #region server
const server = await serve({
  handlers: elizaHandler,
  interceptors: [requireAda],
  // HTTP/1.1 and HTTP/2 by ALPN. The last three lines are for mutual TLS.
  tls: {
    key: files.server.key,
    cert: files.server.cert,
    ca: files.ca,
    requestCert: true,
    rejectUnauthorized: true,
  },
});
// #endregion

// #region client
const transport = createNodeTransport({
  baseUrl: server.url, // https://...
  protocol: grpc(),
  tls: { ca: files.ca, key: files.client.key, cert: files.client.cert },
});
// #endregion
const { message, peer } = await createElizaServiceClient(transport).say({ sentence: "Hello" }).response;
console.log(`  ${message.sentence} (${peer.tls?.certificate?.commonName}, ${peer.tls?.alpnProtocol})`);
await server.close();
