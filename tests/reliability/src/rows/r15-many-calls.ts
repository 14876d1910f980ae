import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, wiresOf } from "../harness/outcome.js";
import { type Row, Tally, times } from "../harness/row.js";

export const r15: Row = {
  id: "R15",
  promise: "many unary calls: 0 lost, 0 wrong, 0 twice",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 3600],
  async run(run) {
    const wires = wiresOf(run.peer, grpcH2, connectH2, connectH1);
    const calls = Math.ceil((run.long ? 1_000_000 : 20_000) / wires.length);
    const lost = new Tally();
    let [wrong, twice, missing] = [0, 0, 0];
    const start = performance.now();
    for (const wire of wires) {
      const server = await run.server({ http: wire.http });
      const client = clientOf(run.peer, server.url, wire);
      await times(calls, 64, async (index) => {
        const { code, message, numbers } = await client.call("ping", [{ number: BigInt(index) }], {
          timeoutMs: 30_000,
        });
        if (code !== "ok") lost.add(`${code}: ${message}`);
        else if (numbers.length !== 1 || numbers[0] !== BigInt(index)) wrong++;
      });
      await client.close();
      const state = await run.endServer(server);
      twice += state?.pings.filter(([, count]) => count !== 1).length ?? 0;
      missing += calls - (state?.pings.length ?? 0);
    }
    const seconds = (performance.now() - start) / 1000;
    for (const [text, count] of lost.counts) run.check(false, `${count} lost with ${text}`);
    run.check(wrong === 0, `${wrong} answers are wrong`);
    run.check(twice === 0, `${twice} calls ran twice`);
    run.check(missing === 0, `${missing} calls never ran`);
    return `${calls * wires.length} calls in ${seconds.toFixed(0)} s: ${lost.total} lost, ${wrong} wrong, ${twice} twice`;
  },
};
