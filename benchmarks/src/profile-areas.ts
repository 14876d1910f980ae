/** A profile as V8 writes it. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** What a function took by itself. */
export interface SelfTime {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly micros: number;
}

export function selfTimes({ nodes, samples, timeDeltas }: Profile): SelfTime[] {
  const times = new Map<number, number>();
  for (const [i, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[i] as number));
  return nodes.map(({ id, callFrame }) => ({
    name: callFrame.functionName || "(anonymous)",
    url: callFrame.url,
    line: callFrame.lineNumber + 1,
    micros: times.get(id) ?? 0,
  }));
}

const areas: readonly (readonly [pattern: RegExp, area: string])[] = [
  [/@bufbuild\/protobuf/, "protobuf-es"],
  // Bundled, and without maps: `--top` names its functions.
  [/runtime\/dist\/bundle\//, "connect-ts"],
  [/@grpc\/grpc-js/, "@grpc/grpc-js"],
  [/@connectrpc/, "@connectrpc"],
  [/protobufjs|proto-loader|long\//, "protobufjs"],
  [/nice-grpc/, "nice-grpc"],
  [/benchmarks\/dist/, "the benchmark"],
  [/node:internal\/http2/, "Node: http2, in JavaScript"],
  [/node:(internal\/streams|stream|internal\/stream_base)/, "Node: streams"],
  [/node:(_http|internal\/http|http)/, "Node: http, in JavaScript"],
  [/node:events/, "Node: events"],
  [/node:/, "Node: the rest, in JavaScript"],
];

/** What a function belongs to. */
export function areaOf({ name, url }: SelfTime): string {
  if (name === "(garbage collector)") return "garbage collector";
  // What is native and no function of JavaScript: nghttp2, llhttp, system calls.
  if (name === "(program)") return "native: nghttp2, sockets, V8";
  for (const [pattern, area] of areas) if (pattern.test(url)) return area;
  return url === "" ? "native functions called from JavaScript" : "other";
}
