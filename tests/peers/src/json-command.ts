import type { JsonObject } from "@bufbuild/protobuf";
import { runCommand } from "./command.js";
import type { Call, Client, ClientPeer, Feature, Outcome, Wire } from "./peer.js";

/** How long an open request may stay so without a deadline. */
const answerMs = 5000;

/** A command that takes messages as JSON on its standard input, and prints others: `buf curl`, `grpcurl`. */
export interface JsonCommand {
  readonly name: string;
  readonly file: string;
  readonly lacks: Partial<Record<Feature, string>>;
  args(url: string, wire: Wire, call: Call): readonly string[];
  /** Reads headers, trailers and the error out of what was printed. */
  read(stdout: string, stderr: string, status: number | null): Omit<Outcome, "messages">;
}

export function jsonCommand(command: JsonCommand): ClientPeer {
  return {
    name: command.name,
    lacks: command.lacks,
    // They read the schema first.
    deadlineMs: 2000,
    open: async (url, wire): Promise<Client> => ({
      call: (call) => run(command, url, wire, call),
      close: async () => {},
    }),
    close: async () => {},
  };
}

async function run(command: JsonCommand, url: string, wire: Wire, call: Call): Promise<Outcome> {
  let seen = 0;
  let sent = 0;
  const sendNext = () => {
    const request = call.requests[sent++];
    if (request !== undefined) running.write(`${JSON.stringify(request)}\n`);
    else if (!call.leaveOpen) running.endInput();
  };
  const running = runCommand(command.file, command.args(url, wire, call), {
    signal: call.signal,
    onOutput: (all) => {
      if (!call.interleave && call.onMessage === undefined) return;
      const { length } = jsonValues(all.toString());
      for (; seen < length; seen++) {
        call.onMessage?.();
        if (call.interleave) sendNext();
      }
    },
  });
  if (call.interleave) sendNext();
  else {
    for (const request of call.requests) running.write(`${JSON.stringify(request)}\n`);
    running.endInput();
  }
  // grpcurl reads its input to the end before it looks at its deadline.
  const hangUp = call.leaveOpen && setTimeout(running.endInput, (call.timeoutMs ?? answerMs) + 500);
  const { status, stdout, stderr } = await running.ended;
  if (hangUp) clearTimeout(hangUp);
  const messages = jsonValues(stdout.toString());
  if (call.signal?.aborted) return killed(messages);
  return { messages, ...command.read(stdout.toString(), stderr, status) };
}

/** What a caller gets who kills the command. */
export function killed(messages: readonly JsonObject[]): Outcome {
  return { messages, headers: {}, trailers: {}, error: { code: "canceled", message: "", reasons: [] } };
}

/** Both commands print JSON with indentation: a value's last line begins with its brace. */
function jsonValues(text: string): JsonObject[] {
  return [...text.matchAll(/^\{(?:\}$|\n[\s\S]*?^\}$)/gm)].map(([value]) => JSON.parse(value) as JsonObject);
}

/** `Name: value` lines as headers. */
export function headerLines(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const mark = line.indexOf(": ");
    if (mark < 0) continue;
    const name = line.slice(0, mark).toLowerCase();
    const value = line.slice(mark + 2).trim();
    headers[name] = name.endsWith("-bin") ? value.replace(/=+$/, "") : value;
  }
  return headers;
}

export function headerFlags(call: Call): string[] {
  return Object.entries(call.headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
}
