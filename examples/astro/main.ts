// Calls what the build made as clients do, and does what people do wrong: the errors should help them.
import { fileURLToPath } from "node:url";
import { talkToBuilt } from "../frameworks/src/built.js";

await talkToBuilt(fileURLToPath(new URL("../../.cache/build/server/entry.mjs", import.meta.url)));
