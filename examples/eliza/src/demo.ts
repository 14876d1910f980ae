// Serves Eliza on one port and talks to her by our client, by curl and by buf curl. Every answer is checked.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { answer, introduction, summary } from "./eliza.js";
import { isInstalled, type Result, run, start, title } from "./shell.js";

const service = "connectrpc.eliza.v1.ElizaService";
let answered = 0;

title("The server: Connect, gRPC and gRPC-Web, HTTP/1.1 and HTTP/2, on one port");
const server = start("node", ["examples/eliza/dist/server.js"], { PORT: process.env.PORT ?? "0" });
try {
  await demo();
  console.log(`\n${answered} commands, and Eliza answered all of them as she should.`);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  server.kill("SIGKILL");
}

async function demo(): Promise<void> {
  const lines = createInterface({ input: server.stdout });
  const [ready = ""] = (await Promise.race([once(lines, "line"), once(server, "exit")])) as string[];
  const url = /http:\S+/.exec(ready)?.[0];
  if (url === undefined) throw new Error("the server did not start");
  console.log(ready);

  const heard = [
    answer("I feel happy."),
    ...introduction("Ada"),
    `${summary(["My", "I", "It"])} (attentive, 3 cups of tea)`,
    ...["Hello!", "I need a holiday", "Are you a computer?", "Bye"].map(answer),
  ];
  for (const [protocol, how] of [
    ["connect", "Connect over HTTP/1.1, the conversation over HTTP/2"],
    ["grpc", "gRPC over HTTP/2 without TLS"],
    ["grpc-web", "gRPC-Web over HTTP/1.1, the conversation over HTTP/2"],
  ] as const) {
    title(`Our client: ${how}`);
    const result = await run("node", ["examples/eliza/dist/client.js", url, protocol]);
    expect(result, []);
    const answers = result.output.match(/(?<=Eliza: ).*/g) ?? [];
    if (answers.join("\n") !== heard.join("\n")) throw new Error(`Eliza should have said:\n${heard.join("\n")}`);
  }

  title("curl: a call is a plain POST or GET of JSON");
  await runCurl(url);
  title("buf curl: somebody else's client, in each protocol");
  await runBufCurl(url);

  title("SIGTERM: the server drains and ends");
  server.kill("SIGTERM");
  const [goodbye = ""] = (await once(lines, "line")) as string[];
  const [code] = server.exitCode === null ? ((await once(server, "exit")) as [number | null]) : [server.exitCode];
  console.log(goodbye);
  if (code !== 0) throw new Error(`the server ended with ${code}`);
}

async function runCurl(url: string): Promise<void> {
  if (!(await isInstalled("curl"))) {
    console.log("There is no curl on this machine, so these calls are left out. Install it to see them.");
    return;
  }
  const say = `${url}/${service}/Say`;
  const hello = await run("curl", ["--silent", "--data", '{"sentence":"hello"}', say]);
  expect(hello, [answer("hello")]);

  const message = encodeURIComponent('{"sentence":"My cat knows"}');
  const cat = await run("curl", ["--silent", `${say}?encoding=json&message=${message}`]);
  expect(cat, [answer("My cat knows")]);

  const withStatus = ["--silent", "--write-out", "  (HTTP status %{http_code})"];
  const json = ["--header", "Content-Type: application/json"];
  const empty = await run("curl", [...withStatus, ...json, "--data", "{}", say]);
  expect(empty, ["invalid_argument", "say something", "400"]);
}

async function runBufCurl(url: string): Promise<void> {
  const call = (protocol: string, rpc: string, data: string, ...flags: string[]) => {
    const target = `${url}/${service}/${rpc}`;
    return run("buf", ["curl", "--schema", "proto", "--protocol", protocol, ...flags, "--data", data, target]);
  };
  const h2c = "--http2-prior-knowledge";
  const happy = '{"sentence":"I am a robot"}';
  for (const [protocol, ...flags] of [["connect"], ["grpc", h2c], ["grpcweb"]] as const) {
    expect(await call(protocol, "Say", happy, ...flags), [answer("I am a robot")]);
  }
  expect(await call("connect", "Introduce", '{"name":"Grace"}'), introduction("Grace"));
  const story = '{"sentence":"I sleep"}{"sentence":"Birds sing"}';
  expect(await call("grpcweb", "Collect", story), [summary(["I", "Birds"])]);
  const chat = '{"sentence":"Hi"}{"sentence":"Nobody calls"}{"sentence":"Bye"}';
  expect(await call("grpc", "Converse", chat, h2c), ["Hi", "Nobody calls", "Bye"].map(answer));
  expect(await call("grpc", "Say", "{}", h2c), ["invalid_argument", "say something"], { fails: true });
}

/** Checks that a command printed what it should, and ended as it should. */
function expect({ output, code }: Result, wanted: readonly string[], { fails } = { fails: false }): void {
  answered++;
  if ((code !== 0) !== fails) throw new Error(`the command ended with ${code}`);
  for (const text of wanted) if (!output.includes(text)) throw new Error(`the output should have had: ${text}`);
}
