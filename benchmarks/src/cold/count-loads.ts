// Preloaded by bench:cold, in a process of its own: counts the files that are loaded, by kind, and tells at the exit.
import { createRequire, register } from "node:module";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";

const { port1, port2 } = new MessageChannel();
const hooks = `
  let port;
  export const initialize = (data) => { port = data; };
  export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: port2, transferList: [port2] });

process.on("exit", () => {
  const files = new Set(Object.keys(createRequire(import.meta.url).cache).map((path) => `file://${path}`));
  for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
    files.add(next.message as string);
  }
  const count = (kind: RegExp): number => [...files].filter((file) => kind.test(file)).length;
  const ours = count(/\/packages\/[^/]+\/dist\//);
  console.error(JSON.stringify({ ours, protobufEs: count(/\/@bufbuild\/protobuf\//), all: count(/^file:/) }));
});
port1.unref();
