// The doors of the package in the working directory for bundlers: its tree in a few dozen parts, of modules that programs have
// together. docs/decisions/0049-published-weight.md
import { rolldown } from "rolldown";

/**
 * The parts from the lowest up, and what of the tree is in each: the first that fits. A part imports none above it, so there is no
 * circle. What only one door needs is in the door.
 */
const parts = Object.entries({
  base: /^(?:check-options|time|error\/code|http\/(?:awaitable|bytes|early-answer))$/,
  headers: /^http\/(?:platform-base64|header-map)$/,
  errors: /^error\//,
  base64: /^http\/base64$/,
  integers: /^message\/inexact-integers$/,
  inits: /^message\/check-init$/,
  message: /^message\/(?:decoded-size|(?:binary|bytes)-codec)$/,
  binary: /^message\/(?:binary-writer|utf8)$/,
  json: /^message\/json-(?:size|codec)$/,
  "protobuf-es-size": /^message\/es-size$/,
  "protobuf-es": /^message\/es-codec$/,
  "protobuf-es-json": /^message\/(?:es-json-checks|json-reflection|codec-of)$/,
  "protobuf-es-binary": /^message\/(?:binary-reader|es-(?:scalars|encoder|decoder|inits)|fast-binary)$/,
  generated: /^codegen\/(?:init|reader|generated-codec|map-key|write-(?:field|map)|(?:read|write)-(?:message|scalar))$/,
  "generated-json": /^codegen\/(?:json-.*|members|struct-json|message-json|converted)$/,
  snappy: /^framing\/(?:crc32c|snappy.*)$/,
  lifetime: /^(?:call\/(?:lifetime|signal-followers)|message\/limits)$/,
  turns: /^call\/turns$/,
  interception: /^call\/(?:chain|context-values|hooks|interception|outcome)$/,
  call: /^(?:call\/(?!envelopes|message-sender|stream-receiver|spec-of|get-option)|framing\/envelope-writer$)/,
  streams: /^(?:call\/(?:envelopes|message-sender|stream-receiver)|framing\/envelope-reader)$/,
  fields: /^protocol\/shared\/header-fields$/,
  compression: /^protocol\/shared\/negotiate-compression$/,
  protocol: /^protocol\/shared\/(?:http-status|content-type)$/,
  exchange: /^(?:protocol\/(?:shared\/(?:response-content-type|user-agent)|failure)|http\/http-client)$/,
  connect: /^protocol\/connect\/(?:error-json|timeout)$/,
  "not-modified": /^protocol\/connect\/not-modified$/,
  "connect-client": /^protocol\/connect\/client(?:-unary|-get)?$/,
  body: /^http\/body-reader$/,
  client:
    /^client\/(?!(?:plain-)?stream-|guarded-conn|request-log|single-response|bind-client|intercepted-conn|client-interception|unary-method)/,
  "client-interception": /^client\/(?:client-interception|unary-method)$/,
  "body-streams":
    /^(?:http\/(?:(?:pausable-)?body-.*|request-streams|streamed-exchange)|protocol\/shared\/body-metadata)$/,
  "connect-streams": /^protocol\/connect\/(?:end-stream|client-stream)$/,
  "client-streams": /^client\/(?!bind-client|request-log|intercepted-conn|stream-methods)/,
  "client-streams-interception": /^client\/(?!bind-client)/,
  "bind-client": /^client\//,
  grpc: /^protocol\/(?:grpc\/(?:timeout|status-proto)|shared\/percent)$/,
  "grpc-client": /^protocol\/grpc\/(?:status|client-exchange|client)$/,
  "grpc-web": /^protocol\/grpc-web\/trailer-frame$/,
  "grpc-web-client": /^protocol\/grpc-web\/client$/,
  "spec-of": /^call\//,
  "base-url": /^fetch\/base-url$/,
  "fetch-client": /^fetch\/(?:failure|headers|client-stream|http-client|transport)$/,
  "connect-handler": /^(?:protocol\/(?:connect\/|shared\/unknown-procedure$)|http\/request-target$)/,
  "grpc-handler": /^protocol\/grpc\//,
  "grpc-web-handler": /^protocol\/grpc-web\//,
  "handler-errors": /^handler\/(?:protocols|refuse|error-writer)$/,
  service: /^handler\/(?:option-rules|service-handler)$/,
  cors: /^handler\/cors$/,
  pump: /^handler\/pump$/,
  "answer-call": /^handler\/route\/(?:answer-call|create-route)$/,
  handler: /^(?:handler\/|http\/header-size$)/,
  "fetch-compression": /^fetch\/compression$/,
  "fetch-handler": /^fetch\/(?:error-response|server-request|server-stream|handler)$/,
  http2: /^http2\//,
  "in-process": /^in-process\/(?!index|fake)/,
  "node-compression": /^node\/(?:builtin|failure|compression|zstd-frame)$/,
  node: /^node\/(?!index|client\/|server\/|platform\/(?:agent|http))/,
  "node-client": /^node\/(?:client\/|platform\/agent$)/,
  "node-server": /^node\/(?:server|platform)\//,
  "wkt-codecs": /^codegen\/wkt-codec\/(?!index)/,
});
const names = parts.map(([name]) => name);

/** @param tree - the folder that `tsc` wrote, as an absolute path; @param doors - the name of each door, and its file in the tree; @param dir - what becomes `dist/esm` */
export async function bundleParts(tree, doors, dir) {
  const partOf = (file) => {
    const [, path] = file.replaceAll("\\", "/").split(`${tree}/`);
    return parts.find(([, modules]) => modules.test(path?.replace(/\.js$/, "")))?.[0];
  };
  const bundled = await rolldown({
    input: Object.fromEntries(doors.map(([door, file]) => [door, `${tree}/${file}.js`])),
    external: [/^node:/, /^@bufbuild\/protobuf/],
    platform: "neutral",
    plugins: [pureTops, inOrder, plainClasses],
    experimental: { attachDebugInfo: "none" },
  });
  const { output } = await bundled.write({
    dir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "parts/[name].js",
    minify: false,
    minifyInternalExports: false,
    comments: { legal: false, annotation: true, jsdoc: false },
    codeSplitting: {
      groups: parts.map(([name], index) => ({
        name,
        test: (file) => partOf(file) === name,
        priority: parts.length - index,
      })),
    },
  });
  await bundled.close();
  for (const { name, isEntry, imports, moduleIds } of output) {
    const misplaced = moduleIds.filter((file) => partOf(file) !== (isEntry ? undefined : name));
    if (misplaced.length > 0 || !(isEntry || names.includes(name)))
      throw new Error(`the table of parts does not say where these are, which came to "${name}": ${misplaced}`);
    const above = imports.filter((file) => names.indexOf(/parts\/(.*)\.js$/.exec(file)?.[1]) > names.indexOf(name));
    if (!isEntry && above.length > 0) throw new Error(`the part "${name}" imports parts above it: ${above}`);
  }
}

/**
 * Says of calls that fill a variable at the top of a module that nothing is lost where the variable is not used. In a file of
 * its own the module left a bundle for that; in a part it would keep what it calls.
 */
const pureTops = {
  name: "pure-tops",
  transform(code) {
    const calls = [];
    for (const statement of this.parse(code).body) {
      const declaration = statement.declaration ?? statement;
      if (declaration.type === "VariableDeclaration") findCalls(declaration, calls);
    }
    let marked = code;
    for (const at of calls.sort((a, b) => b - a)) {
      marked = `${marked.slice(0, at)}/* @__PURE__ */ ${marked.slice(at)}`;
    }
    return { code: marked, map: null };
  },
};

/** Where calls begin that run when the code does: not those in functions. */
function findCalls(node, calls) {
  if (typeof node !== "object" || node === null || /Function|MethodDefinition|StaticBlock/.test(node.type)) return;
  if (/^(?:Call|New)Expression$/.test(node.type) && !calls.includes(node.start)) calls.push(node.start);
  for (const child of Object.values(node)) findCalls(child, calls);
}

/**
 * Bundlers put modules in the order of imports. What leads to protobuf-es is first, and then what is highest, so that code that
 * is alike is together: gzip looks back 32 KiB.
 */
const inOrder = {
  name: "in-order",
  renderChunk(code) {
    const [imports] = /^(?:import .*\n)*/.exec(code);
    const place = (line) => {
      if (/"@bufbuild/.test(line)) return -2;
      return /protobuf-es/.test(line) ? -1 : parts.length - names.indexOf(/([^/]*)\.js"/.exec(line)?.[1]);
    };
    const sorted = imports
      .split("\n")
      .slice(0, -1)
      .sort((a, b) => place(a) - place(b));
    return { code: [...sorted, code.slice(imports.length)].join("\n"), map: null };
  },
};

/** Rolldown writes `var A = class A {}` for classes, for the sake of circles, of which there are none. Terser does not undo it. */
const plainClasses = {
  name: "plain-classes",
  renderChunk(code) {
    let plain = code;
    for (const { type, start, end, declarations } of this.parse(code).body.reverse()) {
      const { id, init } = declarations?.[0] ?? {};
      if (type !== "VariableDeclaration" || declarations.length > 1 || init?.type !== "ClassExpression") continue;
      const body = code.slice(init.id?.end ?? init.start + "class".length, init.end);
      plain = `${plain.slice(0, start)}class ${id.name}${body}${plain.slice(end)}`;
    }
    return { code: plain, map: null };
  },
};
