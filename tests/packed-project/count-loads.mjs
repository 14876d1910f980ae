// Preloaded: fails a program that loads more files of the runtime than there are doors and chunks, or that loads modules of Node
// which it does not use. It counts what is imported and what is required. `?without=@bufbuild/protobuf`: no file of that package.
import { createRequire, register } from "node:module";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";

const mostFiles = 12;
const unused = ["http", "http2", "https", "tls", "zlib"];

const { port1, port2 } = new MessageChannel();
const hooks = `
  let port;
  export const initialize = (data) => { port = data; };
  export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: port2, transferList: [port2] });
port1.unref();

process.on("exit", () => {
  const files = new Set(Object.keys(createRequire(import.meta.url).cache).map((path) => `file://${path}`));
  for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
    files.add(next.message);
  }
  const ours = [...files].filter((file) => file.includes("/@connect-ts/runtime/"));
  const { searchParams } = new URL(import.meta.url);
  const [without = "/none/"] = searchParams.getAll("without");
  const unwanted = [...files].filter((file) => file.includes(`/${without}/`));
  const loaded = unused.filter((name) => process.moduleLoadList.includes(`NativeModule ${name}`));
  console.log(`${ours.length} files of the runtime, of Node without use: ${loaded.join(", ") || "nothing"}`);
  if (ours.length > 0 && ours.length <= mostFiles && loaded.length === 0 && unwanted.length === 0) return;
  console.error(`at most ${mostFiles} files, and none of ${unused.join(", ")}:\n${[...ours, ...unwanted].join("\n")}`);
  process.exitCode = 1;
});
