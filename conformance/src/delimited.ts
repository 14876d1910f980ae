import type { Readable, Writable } from "node:stream";
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";

/** The messages on a stream, each behind its length in four bytes: how the runner speaks to the programs under test. */
export async function* readDelimited<Desc extends DescMessage>(
  stream: Readable,
  schema: Desc,
): AsyncGenerator<MessageShape<Desc>> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 4) {
      const end = 4 + rest.readUInt32BE(0);
      if (rest.length < end) break;
      yield fromBinary(schema, rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  }
  if (rest.length > 0) throw new Error("the runner's input ends inside a message");
}

export function writeDelimited<Desc extends DescMessage>(
  stream: Writable,
  schema: Desc,
  message: MessageShape<Desc>,
): void {
  const payload = toBinary(schema, message);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(payload.length);
  stream.write(Buffer.concat([prefix, payload]));
}
