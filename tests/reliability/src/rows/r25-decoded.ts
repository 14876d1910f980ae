import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { binary, ConnectError, grpc, json } from "@connect-ts/runtime";
import { createClient, memberName } from "@connect-ts/runtime/dynamic";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { codeOf, send } from "../../../correctness/raw-request.js";
import { type CostMethod, costService } from "../harness/cost-service.js";
import { codeNames } from "../harness/outcome.js";
import type { Row, RowRun } from "../harness/row.js";
import { envelope, varint } from "../harness/wire.js";

const mib = 1024 * 1024;
const size = 4 * mib;
/** What an attack may cost: bytes, and milliseconds of CPU. */
const most = { bytes: 96 * mib, ms: 500 };

interface Attack {
  readonly name: string;
  readonly method: CostMethod;
  readonly codec: "proto" | "json";
  readonly message: Uint8Array;
  readonly allowed: readonly string[];
}

/** A field again and again, up to the limit. */
function repeated(field: Uint8Array | string, vary?: (bytes: Buffer, index: number) => void): Buffer {
  const one = Buffer.from(field);
  const bytes = Buffer.alloc(Math.floor(size / one.length) * one.length, one);
  for (let index = 0; vary !== undefined && index * one.length < bytes.length; index++) {
    vary(bytes.subarray(index * one.length), index);
  }
  return bytes;
}

function listOf(item: string): Buffer {
  return Buffer.concat([
    Buffer.from("["),
    repeated(`${item},`).subarray(0, -2 * item.length - 2),
    Buffer.from(`${item}]`),
  ]);
}

const delimited = (field: number, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2]), varint(payload.length), payload]);

function nested(depth: number): Buffer {
  let list: Buffer = Buffer.alloc(0);
  for (let at = 0; at < depth; at++) list = delimited(1, at === 0 ? list : delimited(6, list));
  return list;
}

const refused = ["resource_exhausted"];
/** Each is 4 MiB, which is what may be read, and a few KB of gzip. */
const attacks: readonly Attack[] = [
  { name: "empty messages", method: "File", codec: "proto", message: repeated([0x22, 0] as never), allowed: refused },
  { name: "empty strings", method: "File", codec: "proto", message: repeated([0x1a, 0] as never), allowed: refused },
  { name: "list entries", method: "List", codec: "proto", message: repeated([0x0a, 0] as never), allowed: refused },
  {
    name: "map entries",
    method: "Struct",
    codec: "proto",
    message: repeated([0x0a, 7, 0x0a, 3, 97, 97, 97, 0x12, 0] as never, (bytes, index) =>
      bytes.writeUIntBE(0x616161 + (index % 0x1e1e1e), 4, 3),
    ),
    allowed: refused,
  },
  { name: "lists in lists", method: "List", codec: "proto", message: repeated(nested(30)), allowed: refused },
  { name: "`{}` in a list", method: "List", codec: "json", message: listOf("{}"), allowed: refused },
  { name: "`[[]]` in a list", method: "List", codec: "json", message: listOf("[[]]"), allowed: refused },
  { name: '`""` in a list', method: "List", codec: "json", message: listOf('""'), allowed: refused },
  {
    name: "`{}` in an unknown field",
    method: "File",
    codec: "json",
    message: Buffer.concat([Buffer.from('{"x":'), listOf("{}").subarray(8), Buffer.from("}")]),
    allowed: [...refused, "invalid_argument"],
  },
  {
    name: "a number of 4 million digits",
    method: "Integer",
    codec: "json",
    message: Buffer.from(`"${"9".repeat(size - 2)}"`),
    allowed: [...refused, "invalid_argument"],
  },
  {
    name: "brackets without end",
    method: "List",
    codec: "json",
    message: repeated("["),
    allowed: [...refused, "invalid_argument"],
  },
];
const bytesOf = (payload: Uint8Array): Buffer => delimited(9, delimited(1, delimited(1, payload)));
/** These have 4 MiB too, and nothing is wrong with them. */
const passing: readonly Attack[] = [
  {
    name: "packed numbers",
    method: "File",
    codec: "proto",
    message: bytesOf(Buffer.alloc(size - 64, 1)),
    allowed: ["ok"],
  },
  {
    name: "messages of 16 bytes",
    method: "List",
    codec: "proto",
    message: repeated(delimited(1, delimited(3, Buffer.alloc(12, 97)))),
    allowed: ["ok"],
  },
];

export const r25: Row = {
  id: "R25",
  promise:
    "4 MiB that become many objects, sent as some KB of gzip: <= 96 MB and <= 0.5 s each, `resource_exhausted`; 4 MiB of packed numbers and of 16-byte messages pass",
  peers: ["ours"],
  seconds: [90, 90],
  async run(run) {
    let bytes = 0;
    let ms = 0;
    for (const attack of [...attacks, ...passing]) {
      for (const side of ["Connect server", "gRPC server", "gRPC client"] as const) {
        const cost =
          side === "gRPC client" ? await received(run, attack) : await sent(run, attack, side === "gRPC server");
        if (attack.allowed.includes("ok")) continue;
        run.check(cost.bytes <= most.bytes && cost.ms <= most.ms, `${side}, ${attack.name}: ${told(cost)}`);
        bytes = Math.max(bytes, cost.bytes);
        ms = Math.max(ms, cost.ms);
      }
    }
    return `${3 * attacks.length} attacks, at most ${told({ bytes, ms })}`;
  },
};

interface Cost {
  readonly bytes: number;
  readonly ms: number;
}

const told = ({ bytes, ms }: Cost): string => `${Math.round(bytes / mib)} MiB and ${Math.round(ms)} ms`;

function check(run: RowRun, attack: Attack, side: string, code: string): void {
  run.check(attack.allowed.includes(code), `${side}, ${attack.name}: ${code}, expected ${attack.allowed.join(" or ")}`);
}

async function sent(run: RowRun, attack: Attack, isGrpc: boolean): Promise<Cost> {
  const server = await run.server({ service: "cost" });
  const request = (message: Uint8Array) => {
    const packed = gzipSync(message);
    const contentType = `application/${isGrpc ? "grpc+" : ""}${attack.codec}`;
    return send(server.port, isGrpc ? "2" : "1.1", {
      path: `/${costService.typeName}/${attack.method}`,
      headers: {
        "content-type": contentType,
        ...(isGrpc ? { te: "trailers", "grpc-encoding": "gzip" } : { "content-encoding": "gzip" }),
      },
      body: isGrpc ? envelope(packed, packed.length, 1) : packed,
    });
  };
  // The first call of a kind loads and compiles what it needs.
  await request(Buffer.from(attack.codec === "proto" ? "" : "null"));
  const before = await server.state();
  const response = await request(attack.message);
  const after = await server.state();
  const code = codeOf(response);
  const name =
    typeof code === "number"
      ? (codeNames[code] as string)
      : (code ?? (response.status === 200 ? "ok" : `http ${response.status}`));
  check(run, attack, isGrpc ? "gRPC server" : "Connect server", name);
  await run.endServer(server);
  return { bytes: after.peakRss - before.memory.rss, ms: after.cpuMs - before.cpuMs };
}

/** A client is answered with it; what this process takes is measured. */
async function received(run: RowRun, attack: Attack): Promise<Cost> {
  const packed = gzipSync(attack.message);
  const server = http2.createServer();
  server.on("stream", (stream: http2.ServerHttp2Stream) => {
    stream.resume();
    stream.respond(
      { "content-type": `application/grpc+${attack.codec}`, "grpc-encoding": "gzip" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(envelope(packed, packed.length, 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createNodeTransport({
    baseUrl,
    protocol: grpc(),
    codec: attack.codec === "proto" ? binary() : json(),
  });
  const client = createClient(costService, transport) as Readonly<
    Record<string, (request: unknown) => Promise<unknown>>
  >;
  const method = costService.methods.find(({ name }) => name === attack.method);
  globalThis.gc?.();
  const [{ rss }, cpu] = [process.memoryUsage(), process.cpuUsage()];
  let peak = rss;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 2);
  let code = "ok";
  try {
    await client[method === undefined ? "" : memberName(method)]?.({});
  } catch (error) {
    code = ConnectError.from(error).code;
  }
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  peak = Math.max(peak, process.memoryUsage.rss());
  transport.close?.();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  // A response is the server's fault.
  check(
    run,
    { ...attack, allowed: attack.allowed.map((one) => (one === "invalid_argument" ? "internal" : one)) },
    "gRPC client",
    code,
  );
  return { bytes: peak - rss, ms: (user + system) / 1000 };
}
