import { ConnectError, type Spec } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createInProcessTransport, fakeClient, fakeService } from "@connect-ts/runtime/in-process";
import { describe, expect, it, jest } from "@jest/globals";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  type ElizaServiceClient,
} from "../gen/src/connectrpc/eliza/v1/eliza_connect.js";
import type { SayRequest } from "../gen/src/connectrpc/eliza/v1/eliza_pb.js";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { pingService } from "./ping-service.js";

/** Code under test, which knows nothing of fakes. */
async function greetAll(eliza: Pick<ElizaServiceClient, "say" | "introduce">, name: string): Promise<string[]> {
  const lines = [(await eliza.say({ sentence: `I am ${name}` })).sentence];
  for await (const { sentence } of eliza.introduce({ name })) lines.push(sentence);
  return lines;
}

describe("a fake client", () => {
  it("answers by plain functions and generators, of all four kinds", async () => {
    const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, {
      say: ({ sentence }) => ({ sentence: `${sentence}?` }),
      async *introduce({ name }) {
        yield { sentence: `Hi ${name}.` };
        yield { sentence: "Sit down." };
      },
      async collect(requests) {
        let sentences = 0;
        for await (const _ of requests) sentences++;
        return { sentences };
      },
      async *converse(requests) {
        for await (const { sentence } of requests) yield { sentence: sentence.toUpperCase() };
      },
    });
    expect(await greetAll(eliza, "Ada")).toEqual(["I am Ada?", "Hi Ada.", "Sit down."]);
    expect((await eliza.collect([{ sentence: "a" }, { sentence: "b" }])).sentences).toBe(2);
    const answers: string[] = [];
    for await (const { sentence } of eliza.converse([{ sentence: "a" }])) answers.push(sentence);
    expect(answers).toEqual(["A"]);
  });

  it("has calls with response and cancel(), errors with their codes, and deadlines", async () => {
    const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, {
      say({ sentence }, context) {
        if (sentence === "") throw new ConnectError("invalid_argument", "say something");
        context.responseHeaders.set("mood", "attentive");
        if (sentence !== "wait") return { sentence };
        return new Promise<never>((_, reject) => context.signal.addEventListener("abort", reject));
      },
    });
    const { message, headers } = await eliza.say({ sentence: "hi" }).response;
    expect([message.sentence, headers.get("mood")]).toEqual(["hi", "attentive"]);
    expect(await rejection(eliza.say({ sentence: "" }))).toMatchObject({ code: "invalid_argument", isRemote: true });
    expect((await rejection(eliza.say({ sentence: "wait" }, { timeoutMs: 5 }))).code).toBe("deadline_exceeded");
    const call = eliza.say({ sentence: "wait" });
    call.cancel();
    expect((await rejection(call)).code).toBe("canceled");
  });

  it("takes mock functions as jest and vitest have them, which see messages", async () => {
    const say = jest.fn((_request: SayRequest) => ({ sentence: "hi" }));
    const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, { say });
    say.mockImplementationOnce(() => {
      throw new ConnectError("unavailable", "try later");
    });
    expect((await rejection(eliza.say({ sentence: "a" }))).code).toBe("unavailable");
    expect((await eliza.say({ sentence: "b" })).sentence).toBe("hi");
    expect(say.mock.calls.map(([request]) => request.sentence)).toEqual(["a", "b"]);
  });

  it("says which method has no fake", async () => {
    const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, {});
    const { code, rawMessage } = await rejection(eliza.say({}));
    expect([code, rawMessage]).toEqual([
      "unimplemented",
      "the fake has no method for /connectrpc.eliza.v1.ElizaService/Say",
    ]);
  });

  it("keeps the object that its methods belong to", async () => {
    class Counting {
      calls = 0;
      say() {
        return { sentence: String(++this.calls) };
      }
    }
    const fake = new Counting();
    const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, fake);
    await eliza.say({});
    expect((await eliza.say({})).sentence).toBe("2");
    expect(fake.calls).toBe(2);
  });

  it("refuses methods that the service does not have, and other types, also to TypeScript", () => {
    expect(() =>
      fakeClient(createElizaServiceClient, createElizaServiceHandler, {
        // @ts-expect-error: no such RPC
        sey: () => ({ sentence: "hi" }),
      }),
    ).toThrow(
      'the fake of connectrpc.eliza.v1.ElizaService has "sey", and the service has say, introduce, collect, converse',
    );
    fakeClient(createElizaServiceClient, createElizaServiceHandler, {
      // @ts-expect-error: no such field
      say: () => ({ sentense: "hi" }),
    });
    expect(() => fakeClient(createElizaServiceClient, createElizaServiceHandler, undefined as never)).toThrow(
      "the methods of a fake must be of type object, not undefined",
    );
  });
});

describe("a fake service", () => {
  const real = createElizaServiceHandler({
    say: () => ({ sentence: "real" }),
    async *introduce() {
      yield { sentence: "real" };
    },
    collect: () => ({}),
    async *converse() {
      yield { sentence: "real" };
    },
  });

  it("fakes single methods of a real one", async () => {
    const service = fakeService(createElizaServiceHandler, { say: () => ({ sentence: "fake" }) }, real);
    const eliza = createElizaServiceClient(createInProcessTransport(service));
    expect(await greetAll(eliza, "Ada")).toEqual(["fake", "real"]);
    // Each handler imports its descriptor by a function of its own.
    const told = ({ importSchema: _, ...spec }: Spec): object => spec;
    expect(service.specs.map(told)).toEqual(real.specs.map(told));
  });

  it("leaves out the methods that are absent, so that a server's fallback gets their requests", async () => {
    const service = fakeService(createElizaServiceHandler, { say: () => ({ sentence: "fake" }) }, "absent");
    expect(service.specs.map(({ procedure }) => procedure)).toEqual(["/connectrpc.eliza.v1.ElizaService/Say"]);
    const handler = fetchHandler([service], { fallback: () => new Response(null, { status: 429 }) });
    const transport = createFetchTransport({
      baseUrl: "http://t",
      fetch: (url, init) => handler(new Request(url, init)),
    });
    const eliza = createElizaServiceClient(transport);
    expect((await eliza.say({})).sentence).toBe("fake");
    expect((await rejection(eliza.collect([]))).code).toBe("unavailable");
    const inProcess = createElizaServiceClient(createInProcessTransport(service));
    expect((await rejection(inProcess.collect([]))).code).toBe("unimplemented");
  });

  it("refuses another service for the other methods", () => {
    const other = createPingServiceHandler(pingService());
    expect(() => fakeService(createElizaServiceHandler, {}, other)).toThrow(
      "the fake of connectrpc.eliza.v1.ElizaService was given ping.v1.PingService for its other methods",
    );
  });

  it("answers requests of a page, for tools that catch them", async () => {
    const answer = fetchHandler([fakeService(createElizaServiceHandler, { say: () => ({ sentence: "fake" }) })]);
    const response = await answer(
      new Request("https://api.example.com/connectrpc.eliza.v1.ElizaService/Say", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      }),
    );
    expect(await response.json()).toEqual({ sentence: "fake" });
  });
});
