// The ES modules and the CommonJS of the runtime in one process: two copies, which work together.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { ConnectError, type ServiceHandler } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNoteServiceClient } from "./gen/note/v1/note_connect.js";

const require = createRequire(import.meta.url);
const commonjs: { readonly ConnectError: typeof ConnectError } = require("@connect-ts/runtime");

assert.notEqual(commonjs.ConnectError, ConnectError);
assert(new commonjs.ConnectError("not_found", "no") instanceof ConnectError);
assert(new ConnectError("not_found", "no") instanceof commonjs.ConnectError);
assert(!(new Error("no") instanceof ConnectError));

// A service made with one copy, served and called by the other.
const { noteHandler }: { readonly noteHandler: () => ServiceHandler } = require("../../cjs/dist/service.js");
const client = createNoteServiceClient(createInProcessTransport(noteHandler()));
const error = await client.read({ id: 1 }).catch((reason: unknown) => reason);
assert(error instanceof ConnectError);
assert.equal(error.code, "not_found");
assert.equal((await client.add([{ note: { id: 1, text: "milk" } }])).count, 1);
assert.equal((await client.read({ id: 1 })).note?.text, "milk");

console.log("two copies work together");
