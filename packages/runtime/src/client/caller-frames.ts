import { isConfidential } from "../error/confidential.js";
import type { ConnectError } from "../error/connect-error.js";

type Capture = (target: object, above?: (...args: never[]) => unknown) => void;

/** Errors whose stack tells already who called. */
const traced: WeakSet<ConnectError> = new WeakSet();
const settled: Promise<void> = Promise.resolve();

/** Names the RPC in the error of its call. An error that has a name keeps it: it is that of a call which this one made. */
export function named(error: ConnectError, procedure: string): ConnectError {
  if (error.procedure === undefined && Object.isExtensible(error)) {
    (error as { procedure?: string }).procedure = procedure;
  }
  return error;
}

/**
 * A promise that rejects with the error of a call, whose stack then names those who wait for it. V8 finds them by the
 * promises that are pending, from the one that the running reaction settles onwards, as long as each has one reaction.
 * So it rejects a little later, when it has been handed on. Calls that succeed pay nothing for it.
 */
export function rejection(error: ConnectError): Promise<never> {
  return settled.then(nothing).then(function reject(): never {
    if (!traced.has(error)) {
      traced.add(error);
      addCallers(error, reject);
    }
    throw error;
  });
}

function nothing(): void {
  // One turn of the microtasks.
}

function addCallers(error: ConnectError, above: () => never): void {
  // V8 writes the frames when somebody asks for them.
  const trace: { stack?: string } = {};
  (Error as { readonly captureStackTrace?: Capture }).captureStackTrace?.(trace, above);
  nameInText(error, () => framesOf(trace.stack));
}

/** Names the RPC in the text of an error that comes otherwise than by {@link rejection}. */
export function labeled(error: ConnectError): ConnectError {
  if (!traced.has(error)) nameInText(error, () => "");
  return error;
}

function nameInText(error: ConnectError, callers: () => string): void {
  if (!("captureStackTrace" in Error) || !Object.isExtensible(error)) return;
  const { name, message, procedure } = error;
  const line = `\n    at a call of ${procedure}`;
  // An error from the other side, or of the way there, was made nowhere that its reader knows.
  const own = error.isRemote || isConfidential(error) ? "" : framesOf(error.stack).replace(line, "");
  let given: string | undefined;
  // A browser's console runs no getter, and of a stack that is a value it shows the frames alone.
  const stack = inPage()
    ? { value: `${name}: ${message}${line}${own}${callers()}`, writable: true }
    : {
        get: () => given ?? `${name}: ${message} (${procedure})${own}${callers()}`,
        set(value: string) {
          given = value;
        },
      };
  Object.defineProperty(error, "stack", { ...stack, configurable: true });
}

function inPage(): boolean {
  return (globalThis as { readonly location?: unknown }).location !== undefined;
}

/** The part of a stack that follows the error's text. */
function framesOf(stack: string | undefined): string {
  const at = stack?.search(/\n\s+at /) ?? -1;
  return at < 0 ? "" : (stack as string).slice(at);
}
