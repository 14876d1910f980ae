// What main.ts needs of each example.
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { type Cors, cors } from "@connect-ts/runtime/fetch";

/** The other origin whose pages may call what is below /api. */
const origin = "https://app.example.com";
export const pages: Cors = cors({ origin: [origin] });

/** A server that runs. */
export interface Running {
  readonly url: string;
  close(): unknown;
}

/** A server of Node's that was told to listen. */
export async function running(server: Server & { closeAllConnections?: () => void }): Promise<Running> {
  if (!server.listening) await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections?.();
    },
  };
}

/** What a browser asks a server before a page of another origin may call. */
export async function preflight(baseUrl: string): Promise<string> {
  const headers = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,connect-protocol-version",
  };
  const response = await fetch(`${baseUrl}/connectrpc.eliza.v1.ElizaService/Say`, { method: "OPTIONS", headers });
  return response.headers.get("access-control-allow-origin") === origin ? "allowed" : "refused";
}
