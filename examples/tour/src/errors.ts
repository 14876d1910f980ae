import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createElizaServiceClient, createElizaServiceHandler, UnimplementedElizaServiceHandler } from "./eliza.js";

// #region throw
class BusyEliza extends UnimplementedElizaServiceHandler {
  override say(): never {
    const error = new ConnectError("unavailable", "the couch is taken", {
      metadata: { "retry-after": "30" }, // travels in headers or trailers
      cause: new Error("the database said no"), // stays here
    });
    throw error.addDetail(DurationSchema, { seconds: 30n }); // any message
  }

  override collect(): never {
    throw new Error("a secret of the database"); // clients get `internal`, without the text
  }
}
// #endregion

const hidden: unknown[] = [];
// #region on-error
const handler = createElizaServiceHandler(new BusyEliza(), {
  onError: (error, { spec }) => hidden.push([spec.procedure, error]), // what clients do not see
});
// #endregion
const eliza = createElizaServiceClient(createInProcessTransport(handler));

// #region catch
try {
  await eliza.say({ sentence: "Hello" });
} catch (error) {
  if (!(error instanceof ConnectError)) throw error;
  console.log(`  ${error.code}: ${error.rawMessage}`);
  console.log(`  retry-after: ${error.metadata.get("retry-after")}`);
  for (const { seconds } of error.findDetails(DurationSchema)) console.log(`  detail: ${seconds} s`);
}
// #endregion

await eliza.collect([]).catch((error) => console.log(`  ${error.message}, and ${hidden.length} hidden`));

const original = await eliza.say({ sentence: "Hello" }).catch(ConnectError.from);
if (!(original instanceof ConnectError)) throw new Error("the couch was free");
// #region clone
const { code, rawMessage, details, metadata } = original;
const sent = structuredClone({ code, rawMessage, details, metadata: [...metadata] }); // as postMessage does
const again = new ConnectError(sent.code, sent.rawMessage, sent);
// #endregion
console.log(`  ${again.message}, ${again.findDetails(DurationSchema).length} detail, by a clone`);
