import type { DescMessage, Message, MessageShape, Registry } from "@bufbuild/protobuf";
import { createValidator, type ValidationResult, type Validator, violationsToProto } from "@bufbuild/protovalidate";
import { type Call, type Code, ConnectError, type Interceptor } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";

/** What to validate, and with what. */
export interface ValidateOptions {
  /** A validator of your own, for its options: `createValidator({ failFast: true })`. @default one with protovalidate's defaults */
  readonly validator?: Validator | undefined;
  /** Whether response messages are validated too. One that breaks a rule fails the call with `internal`. @default false */
  readonly responses?: boolean | undefined;
  /** Descriptors of messages, for clients whose generated codecs carry none (`codecs=true`). @default those of the specs */
  readonly registry?: Registry | undefined;
}

/**
 * An interceptor for clients and handlers that holds messages to the rules in their schema, by protovalidate: each request
 * message, and each response message if asked. A request that breaks a rule fails the call with `invalid_argument`, and has all
 * violations as a detail, which `violationsOf` reads. Rules are compiled once for each type of message.
 *
 * Fails a call with `internal` when a rule cannot be compiled or run, or the descriptor of a message is not known. A client has
 * the reason in the error and its cause; of a handler it goes to `onError`.
 *
 * Specification: https://protovalidate.com
 */
export function validate(options: ValidateOptions = {}): Interceptor {
  checkOptions("validate", options, { validator: undefined, responses: undefined, registry: undefined });
  const { validator = createValidator(), responses = false, registry } = options;
  return async (call, next) => {
    const { spec } = call;
    const schema = spec.schema ?? (await spec.importSchema?.());
    call.onRequest((message, { index }) => {
      const desc = schemaOf(call, spec.input, schema?.input, registry);
      check(call, validator, desc, message, "invalid_argument", `request message${at(call, index)}`);
    });
    if (responses) {
      call.onResponse((message, { index }) => {
        const desc = schemaOf(call, spec.output, schema?.output, registry);
        check(call, validator, desc, message, "internal", `response message${at(call, index)}`);
      });
    }
    await next();
  };
}

/** Says which message of a stream it is. */
function at({ spec }: Call, index: number): string {
  return spec.kind === "unary" ? "" : ` ${index}`;
}

function schemaOf(
  call: Call,
  { schema, typeName }: { readonly schema?: DescMessage; readonly typeName: string },
  ofMethod: DescMessage | undefined,
  registry: Registry | undefined,
): DescMessage {
  const found = schema ?? ofMethod ?? registry?.getMessage(typeName);
  if (found !== undefined) return found;
  throw cannotValidate(call, typeName, "generated codecs have no descriptors; give validate() a registry that has it");
}

/** On a handler it is what this side did wrong: `onError` is told, and the client is not. */
function cannotValidate(call: Call, typeName: string, reason: string, cause?: unknown): Error {
  const text = `cannot validate ${typeName}: ${reason}`;
  return call.side === "handler" ? new Error(text, { cause }) : new ConnectError("internal", text, { cause });
}

function check(
  call: Call,
  validator: Validator,
  schema: DescMessage,
  message: Message,
  code: Code,
  name: string,
): void {
  const result: ValidationResult = validator.validate(schema, message as MessageShape<DescMessage>);
  if (result.kind === "valid") return;
  if (result.kind === "error") throw cannotValidate(call, schema.typeName, "its rules are wrong", result.error);
  const [first] = result.violations;
  const more = result.violations.length - 1;
  const text = `${name}: ${String(first)}${more > 0 ? ` (and ${more} more)` : ""}`;
  const [violations, violationsSchema] = violationsToProto(result.violations);
  throw new ConnectError(code, text, { cause: result.error }).addDetail(violationsSchema, violations);
}
