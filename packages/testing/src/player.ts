import { ConnectError, type MessageCodec, type Peer, type Spec } from "@connect-ts/runtime";
import type { TransportCall } from "@connect-ts/runtime/transport";
import { type Entry, notRecorded, same } from "./nearest.js";
import { comparable, type RecordedCall, type RecordedMessage, type RecordedTime, readMessage } from "./recording.js";

/** Options of `playCalls`. */
export interface PlayOptions {
  /** Whether the last of several equal calls is played again and again when all were played. @default false: one more call fails */
  readonly repeat?: boolean | undefined;
  /** Whether responses take as long as they did, where the recording has times. @default false: they come at once */
  readonly timing?: boolean | undefined;
}

/** Whom the calls of a recording go to. */
export const recordingPeer: Peer = { address: "recording", protocol: "recording", httpVersion: undefined };

/** The calls of a recording, and which of them were played. */
export class Player {
  readonly options: PlayOptions;
  readonly entries: ReadonlyMap<string, readonly Entry[]>;

  constructor(lines: Iterable<string>, options: PlayOptions) {
    this.options = options;
    const entries = new Map<string, Entry[]>();
    let line = 0;
    for (const text of lines) {
      line++;
      if (text.trim() === "") continue;
      const call = parseCall(text, line);
      const entry: Entry = { call, line, isPlayed: false, requests: undefined };
      const others = entries.get(call.procedure);
      if (others === undefined) entries.set(call.procedure, [entry]);
      else others.push(entry);
    }
    this.entries = entries;
  }

  /** The call to play for requests: all of them, or the first ones. */
  find<I, O>(spec: Spec<I, O>, sent: readonly unknown[], isWhole: boolean): Entry | undefined {
    const fitting = this.of(spec).filter((entry) => this.fits(entry, sent, isWhole));
    return fitting.find(({ isPlayed }) => !isPlayed) ?? (this.options.repeat === true ? fitting.at(-1) : undefined);
  }

  fits(entry: Entry, sent: readonly unknown[], isWhole: boolean): boolean {
    const { requests = [] } = entry;
    if (isWhole ? requests.length !== sent.length : requests.length < sent.length) return false;
    return sent.every((request, index) => same(requests[index], request));
  }

  of<I, O>({ procedure, input }: Spec<I, O>): readonly Entry[] {
    const entries = this.entries.get(procedure) ?? [];
    for (const entry of entries) {
      entry.requests ??= entry.call.requests.map((request) => comparable(input, this.read(entry, input, request)));
    }
    return entries;
  }

  read<T>({ line }: Entry, type: MessageCodec<T>, recorded: RecordedMessage): T {
    try {
      return readMessage(type, recorded);
    } catch (cause) {
      const text = `line ${line} of the recording has no ${type.typeName}: ${ConnectError.from(cause).rawMessage}`;
      throw new ConnectError("internal", text, { cause });
    }
  }

  missing<I, O>(spec: Spec<I, O>, sent: readonly unknown[], isWhole: boolean): ConnectError {
    const text = notRecorded(spec.procedure, this.of(spec), sent, isWhole, this.entries.keys());
    return new ConnectError("unimplemented", text);
  }
}

function parseCall(text: string, line: number): RecordedCall {
  let call: unknown;
  try {
    call = JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`line ${line} of the recording is no JSON`, { cause });
  }
  const { procedure, requests, responses } = (call ?? {}) as Partial<RecordedCall>;
  if (typeof procedure === "string" && Array.isArray(requests) && Array.isArray(responses)) return call as RecordedCall;
  throw new TypeError(`line ${line} of the recording is no call: it needs procedure, requests and responses`);
}

/** Waits until a call is as old as it was, where times are asked for and known, but no longer than it lives. @throws ConnectError when the call ends meanwhile */
export function untilDue(
  { options }: Player,
  call: TransportCall,
  begin: number,
  time: RecordedTime | undefined,
): Promise<void> | undefined {
  const ms = begin + (time?.ms ?? 0) - performance.now();
  if (options.timing !== true || ms <= 0) return undefined;
  return new Promise((resolve, reject) => {
    const ended = (error: ConnectError): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      call.offCancel(ended);
      resolve();
    }, ms);
    call.onCancel(ended);
  });
}
