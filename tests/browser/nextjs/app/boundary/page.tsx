import { create, toBinary } from "@bufbuild/protobuf";
import { Edition2023RequestCodec } from "../../editions/edition2023_codec";
import { Edition2023RequestSchema } from "../../editions/edition2023_pb";
import { notes } from "../../notes-service";
import { Received } from "./received";

/** Messages that go over the boundary of React, by the name of a case. */
const cases: { readonly [name: string]: () => unknown } = {
  note: async () => (await notes.addNote({ text: "over" })).note,
  "edition, protobuf-es": () => create(Edition2023RequestSchema, { explicit: "over", required: "" }),
  "edition, generated codec": () => Edition2023RequestCodec.create({ explicit: "over", required: "" }),
  bytes: () => toBinary(Edition2023RequestSchema, create(Edition2023RequestSchema, { explicit: "over", required: "" })),
};

export default async function Page({ searchParams }: { readonly searchParams: Promise<{ readonly case: string }> }) {
  return <Received value={await cases[(await searchParams).case]?.()} />;
}
