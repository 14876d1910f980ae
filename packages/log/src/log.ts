import type { Call, Interceptor } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { entryOf, type LogEntry, type LogLevel, levelOf, lineOf } from "./entry.js";
import { isExcluded, watch } from "./watch.js";

/** A logger that takes lines: `console`. */
export type ConsoleLike = { readonly [Level in LogLevel]: (line: string) => void };

/** A logger that takes an object and a line, and is known by its `child`: pino, and what has its shape. */
export type PinoLike = { readonly [Level in LogLevel]: (fields: object, line: string) => void } & {
  child(bindings: object): unknown;
};

/** Where entries go, and what they tell. */
export interface LogOptions {
  /** @default console */
  readonly logger?: ConsoleLike | PinoLike | undefined;
  /** How much an entry matters; `undefined` leaves it out. @default `error` for `internal`, `unknown` and `data_loss`, `info` for `ok` and `canceled`, `warn` for the rest */
  readonly level?: ((entry: LogEntry) => LogLevel | undefined) | undefined;
  /** What is left out: services (`"grpc.health.v1.Health"`) and RPCs (`"/acme.v1.Shop/Ping"`). @default nothing */
  readonly exclude?: readonly string[] | undefined;
  /** Tells the other side's address. @default false */
  readonly peers?: boolean | undefined;
  /** Tells what errors say, as the client gets it. Servers may write there what is no one else's business. @default false */
  readonly errors?: boolean | undefined;
}

/**
 * An interceptor for clients and handlers that logs one line for each call when it is over: side, RPC, kind, protocol, code,
 * time, messages and bytes each way. It tells nothing of headers and of what messages say.
 *
 * @example
 * await serve({ handlers, interceptors: [log()] });
 * // handler /acme.v1.Shop/Buy unary grpc ok 3.2ms req=1/12B res=1/40B
 */
export function log(options: LogOptions = {}): Interceptor {
  checkOptions("log", options, {
    logger: undefined,
    level: undefined,
    exclude: undefined,
    peers: undefined,
    errors: undefined,
  });
  const { level = levelOf, peers = false, errors = false } = options;
  const write = writerOf(options.logger ?? console);
  const excluded = new Set(options.exclude);
  const report = (call: Call, milliseconds: number): void => {
    const entry = entryOf(call, milliseconds, peers, errors);
    const chosen = level(entry);
    if (chosen !== undefined) write(chosen, entry);
  };
  return async (call, next) => {
    if (isExcluded(call, excluded)) return next();
    const begin = performance.now();
    return watch(call, next, () => report(call, performance.now() - begin));
  };
}

function writerOf(logger: ConsoleLike | PinoLike): (level: LogLevel, entry: LogEntry) => void {
  if (!("child" in logger)) return (level, entry) => logger[level](lineOf(entry));
  return (level, entry) => logger[level](entry, lineOf(entry));
}
