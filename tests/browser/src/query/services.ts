import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { observed, pingService } from "../../../behaviour/ping-service.js";
import { createElizaServiceHandler } from "../../../gen/src/connectrpc/eliza/v1/eliza_connect.js";
import { createPingServiceHandler } from "../../../gen/src/ping/v1/ping_connect.js";

/** What the services saw. */
export const seen: { readonly calls: string[]; readonly ended: string[] } = { calls: [], ended: [] };

/** A line of the introduction is sent for each of these; `end` ends it. */
let go: ((end: boolean) => void) | undefined;

/** Lets the introduction that runs send a line, or end. */
export async function step(end = false): Promise<void> {
  while (go === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  const resolve = go;
  go = undefined;
  resolve(end);
}

const ping = pingService(observed());

export const handlers = [
  createElizaServiceHandler({
    say({ sentence }) {
      seen.calls.push(`say ${sentence}`);
      return { sentence: `You said ${sentence}` };
    },
    async *introduce({ name }, { signal }) {
      seen.calls.push(`introduce ${name}`);
      try {
        for (let line = 1; ; line++) {
          const ended = await new Promise<boolean>((resolve) => {
            go = resolve;
            signal.addEventListener("abort", () => {
              if (go === resolve) go = undefined;
              resolve(true);
            });
          });
          if (ended) return;
          yield { sentence: `${name}, line ${line}` };
        }
      } finally {
        seen.ended.push(signal.aborted ? "canceled" : "ended");
      }
    },
    collect: () => ({}),
    converse: async function* () {},
  }),
  createPingServiceHandler({
    ...ping,
    ping(request, context) {
      seen.calls.push(`ping ${request.number}`);
      return ping.ping(request, context);
    },
  }),
];

export const inProcess = createInProcessTransport(handlers);
