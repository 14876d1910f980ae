import { readFileSync } from "node:fs";
import { connect, grpc, grpcWeb, type Interceptor, type Transport } from "@connect-ts/runtime";
import { createNodeTransport, gzip } from "@connect-ts/runtime/node";
import type { ClientProtocol } from "@connect-ts/runtime/transport";
import {
  createTestServiceClient,
  createUnimplementedServiceClient,
  type TestServiceClient,
  type UnimplementedServiceClient,
} from "#gen/grpc/testing/test_connect.js";

/** A test case: it rejects when something is not as it should be. */
export type Case = (target: Target) => Promise<void>;

/** Arguments of the program that say whom to call, and how. */
export interface TargetFlags {
  readonly server_host: string;
  readonly server_host_override: string;
  readonly server_port: string;
  readonly use_tls: string;
  readonly ca_file: string;
  readonly protocol: string;
  readonly soak_iterations: string;
}

const protocols = new Map<string, () => ClientProtocol>([
  ["connect", () => connect({ useHttpGet: true })],
  ["grpc", grpc],
  ["grpc-web", grpcWeb],
]);

/** The server under test, and clients for it. */
export class Target {
  readonly flags: TargetFlags;
  readonly protocol: ClientProtocol;
  readonly testService: TestServiceClient;
  readonly unimplementedService: UnimplementedServiceClient;

  constructor(flags: TargetFlags) {
    const protocol = protocols.get(flags.protocol);
    if (protocol === undefined) throw new Error(`--protocol is one of ${[...protocols.keys()].join(", ")}`);
    this.flags = flags;
    this.protocol = protocol();
    const transport = this.transport();
    this.testService = createTestServiceClient(transport);
    this.unimplementedService = createUnimplementedServiceClient(transport);
  }

  /** A transport with connections of its own. */
  transport(options?: Partial<Parameters<typeof createNodeTransport>[0]>): Transport {
    const { flags, protocol } = this;
    const tls = flags.use_tls === "true";
    return createNodeTransport({
      baseUrl: `${tls ? "https" : "http"}://${flags.server_host}:${flags.server_port}`,
      protocol,
      http: "2",
      tls: tls
        ? {
            ...(flags.ca_file === "" ? {} : { ca: readFileSync(flags.ca_file) }),
            ...(flags.server_host_override === "" ? {} : { servername: flags.server_host_override }),
          }
        : undefined,
      ...options,
    });
  }

  /** A client that sends gzip when it is told to, and notes which responses came compressed. */
  compressingClient(): { readonly client: TestServiceClient; readonly compressed: (boolean | undefined)[] } {
    const compressed: (boolean | undefined)[] = [];
    const note: Interceptor = async (call, next) => {
      call.onResponse((_message, info) => {
        compressed.push(info.compressed);
      });
      await next();
    };
    const transport = this.transport({ sendCompression: gzip() });
    return { client: createTestServiceClient(transport, { interceptors: [note] }), compressed };
  }
}
