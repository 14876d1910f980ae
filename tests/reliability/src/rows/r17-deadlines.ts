import { codeOf, send } from "../../../correctness/raw-request.js";
import { clientOf } from "../harness/clients.js";
import { codeNames, connectH1, connectH2, grpcH2, type Wire, wiresOf } from "../harness/outcome.js";
import { type Row, type RowRun, times } from "../harness/row.js";
import type { ServerProcess } from "../harness/server-process.js";
import { envelope } from "../harness/wire.js";

/** Deadlines of clients, in milliseconds. */
const clientValues = [
  0,
  -1,
  0.001,
  0.5,
  1,
  2,
  5,
  10,
  25,
  50,
  99.9,
  100,
  150,
  1_000,
  1_500.5,
  10_000,
  99_999.5,
  1e6,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  1e12,
  99_999_999 * 3_600_000,
  Number.MAX_SAFE_INTEGER,
  Number.POSITIVE_INFINITY,
];
/** A handler that takes 60 ms is in time, or not. */
const handlerMs = 60;
/** Deadlines between these two are not looked at: the machine may be busy. */
const unsure: readonly [number, number] = [40, 900];
const marginMs = 100;

/** What peers send: `grpc-timeout`, and Connect's in milliseconds. */
const grpcValues: Readonly<Record<string, number>> = {
  "1n": 1e-6,
  "99999999n": 100,
  "1u": 0.001,
  "20000u": 20,
  "99999999u": 100_000,
  "1m": 1,
  "20m": 20,
  "99999999m": 1e8,
  "1S": 1000,
  "60S": 60_000,
  "99999999S": 1e11,
  "1M": 60_000,
  "99999999M": 6e12,
  "1H": 3.6e6,
  "99999999H": 3.6e14,
};
const connectValues: readonly string[] = [
  "0",
  "1",
  "5",
  "20",
  "30",
  "1000",
  "2147483647",
  "2147483648",
  "4294967296",
  "9999999999",
];

export const r17: Row = {
  id: "R17",
  promise: "deadlines of all sizes hold on both sides: no overflow, an expired call does not run",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [60, 60],
  async run(run) {
    let count = 0;
    for (const wire of wiresOf(run.peer, grpcH2, connectH2, connectH1)) {
      const server = await run.server({ http: wire.http });
      count += await ofClients(run, server, wire);
      count += await onTheWire(run, server, wire);
      await run.endServer(server);
    }
    return `${count} values, ${run.problemCount} wrong`;
  },
};

async function ofClients(run: RowRun, server: ServerProcess, wire: Wire): Promise<number> {
  const client = clientOf(run.peer, server.url, wire);
  await client.call("ping", [{ number: 1n }]);
  await times(clientValues.length, 8, async (index) => {
    const timeoutMs = clientValues[index] as number;
    const name = `a client's ${timeoutMs} ms, ${wire.protocol} over HTTP/${wire.http}`;
    const { code, message, ms } = await client.call("ping", [{ number: 1n, delayMs: handlerMs }], { timeoutMs });
    checkCode(run, name, timeoutMs, code, message);
    if (code === "deadline_exceeded") {
      run.check(ms <= Math.max(0, timeoutMs) + marginMs, `${name}: settled after ${Math.round(ms)} ms`);
    }
  });
  await client.close();
  return clientValues.length;
}

async function onTheWire(run: RowRun, server: ServerProcess, wire: Wire): Promise<number> {
  const isGrpc = wire.protocol === "grpc";
  const values = isGrpc
    ? Object.entries(grpcValues)
    : connectValues.map((value): [string, number] => [value, Number(value)]);
  // A message whose delay is 60 ms.
  const message = Buffer.from([0x28, handlerMs]);
  for (const [value, ms] of values) {
    const response = await send(server.port, wire.http, {
      path: "/ping.v1.PingService/Ping",
      headers: isGrpc
        ? { "content-type": "application/grpc+proto", te: "trailers", "grpc-timeout": value }
        : { "content-type": "application/proto", "connect-timeout-ms": value },
      body: isGrpc ? envelope(message) : message,
    });
    const told = codeOf(response) ?? "ok";
    const code = typeof told === "number" ? (codeNames[told] as string) : told;
    checkCode(run, `a peer's ${value}, ${wire.protocol} over HTTP/${wire.http}`, ms, code, "");
  }
  return values.length;
}

function checkCode(run: RowRun, name: string, ms: number, code: string, message: string): void {
  if (ms > unsure[0] && ms < unsure[1]) return;
  const expected = ms < handlerMs ? "deadline_exceeded" : "ok";
  run.check(code === expected, `${name}: ${code} ${message}, expected ${expected}`);
}
