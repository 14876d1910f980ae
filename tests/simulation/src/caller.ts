import {
  type BidiStream,
  type CallOptions,
  ConnectError,
  type HeaderMap,
  type UnaryCall,
  type UnaryResponse,
} from "@connect-ts/runtime";
import {
  bidiStreamingMethod,
  type ClientBinding,
  clientStreamingMethod,
  serverStreamingMethod,
  unaryMethod,
} from "@connect-ts/runtime/codegen";
import type { PingRequest, PingResponse } from "../../gen/src/ping/v1/ping_pb.js";
import { type CallLog, dataOf, faultOfMessage, streamsRequests, streamsResponses } from "./log.js";
import { badRequest, oddOptions, oddRequests, oddUse } from "./oddities.js";
import { type Surroundings, specs, stopped } from "./service.js";

type Request = { number: bigint; text: string; data: Uint8Array };
type Stream = BidiStream<Request, PingResponse> & { readonly response: Promise<UnaryResponse<PingResponse>> };

/** Makes a planned call, and writes down what its caller sees. */
export class Caller {
  readonly world: Surroundings;
  readonly log: CallLog;
  readonly controller = new AbortController();
  call: { cancel(reason?: unknown): void } | undefined;
  /** It did not wait for the call's end. */
  gone = false;

  constructor(world: Surroundings, log: CallLog) {
    this.world = world;
    this.log = log;
  }

  start(client: ClientBinding): void {
    const { log, world } = this;
    const { plan } = log;
    log.startedAt = world.clock.clock;
    world.clock.note(`call ${plan.id} begins: ${plan.kind}`);
    const options: CallOptions = {
      headers: { "x-call": String(plan.id), "x-meta": "m".repeat(plan.metadata) },
      signal: this.controller.signal,
      timeoutMs: plan.timeoutMs,
      compress: plan.compress,
      waitForReady: plan.waitForReady,
    };
    this.run(client, oddOptions(plan.oddity, options)).then(
      () => this.settle(this.gone ? "left" : "ok"),
      (error: unknown) => this.settle(error),
    );
    if (plan.abortAt !== undefined) void world.clock.sleep(plan.abortAt).then(() => this.abort());
  }

  abort(): void {
    const { log, world } = this;
    if (log.settled > 0) return;
    log.abortedAt ??= world.clock.clock;
    world.clock.note(`call ${log.plan.id} is aborted`);
    if (log.plan.abortBy === "signal") this.controller.abort();
    else this.call?.cancel();
  }

  settle(how: unknown): void {
    const { log, world } = this;
    log.settled++;
    log.settledAt = world.clock.clock;
    log.outcome =
      how === "ok" || how === "left" ? how : how instanceof ConnectError ? how.code : `no ConnectError: ${String(how)}`;
    log.error = how instanceof ConnectError ? how : undefined;
    log.text = how instanceof ConnectError ? how.message : "";
    world.clock.note(`call ${log.plan.id} ended: ${log.outcome} ${log.text}`);
  }

  async run(client: ClientBinding, options: CallOptions): Promise<void> {
    const { kind, sender, requests } = this.log.plan;
    const spec = specs[kind];
    if (!streamsRequests(kind)) {
      this.log.sent = 1;
      this.log.requestsEnded = true;
      if (!streamsResponses(kind)) return this.single(unaryMethod(client, spec)(this.request(0), options));
      return this.stream(serverStreamingMethod(client, spec)(this.request(0), options));
    }
    const bound = kind === "client" ? clientStreamingMethod(client, spec) : bidiStreamingMethod(client, spec);
    if (sender === "generator" || sender === "list") {
      const given =
        sender === "list" && this.log.plan.requestStop === undefined
          ? requests.map((_, i) => this.request(i))
          : this.generate();
      const { oddity } = this.log.plan;
      if (Array.isArray(given)) {
        this.log.sent = given.length;
        this.log.requestsEnded = true;
      }
      const all = oddRequests<Request>(oddity, given);
      return kind === "client" ? this.single(bound(all, options)) : this.stream(bound(all, options));
    }
    const stream: Stream = bound(options);
    this.call = stream;
    oddUse(this.log.plan.oddity, stream as never);
    void this.send(stream);
    return kind === "client" ? this.single(stream.response) : this.stream(stream);
  }

  request(index: number): Request {
    if (this.log.plan.oddity === "bad request") return badRequest();
    const { id, requests } = this.log.plan;
    return { number: BigInt(index), text: `call ${id}`, data: dataOf(id, index, requests[index]?.size ?? 0) };
  }

  async *generate(): AsyncGenerator<Request> {
    const { log } = this;
    log.entered++;
    try {
      for (const [index, { gap }] of log.plan.requests.entries()) {
        await this.stop(index);
        if (gap > 0) await this.world.clock.sleep(gap);
        log.sent = index + 1;
        yield this.request(index);
      }
      await this.stop(log.plan.requests.length);
      log.requestsEnded = true;
    } finally {
      log.left++;
    }
  }

  async send(stream: Stream): Promise<void> {
    const { log } = this;
    try {
      for (const [index, { gap }] of log.plan.requests.entries()) {
        await this.stop(index);
        if (gap > 0) await this.world.clock.sleep(gap);
        log.sent = index + 1;
        const sent = stream.send(this.request(index) as never as PingRequest);
        if (log.plan.sender === "send") await sent;
      }
      await this.stop(log.plan.requests.length);
      log.requestsEnded = true;
      stream.closeSend();
    } catch (error) {
      stream.cancel(error);
      log.abortedAt ??= this.world.clock.clock;
    }
  }

  async stop(at: number): Promise<void> {
    const { requestStop } = this.log.plan;
    if (requestStop?.after !== at) return;
    this.world.clock.note(`requests of ${this.log.plan.id} stop: ${requestStop.how}`);
    if (requestStop.how === "hang") await this.world.gate;
    if (stopped(requestStop) === "abort") {
      this.log.abortedAt ??= this.world.clock.clock;
      this.controller.abort();
    }
  }

  /** One answer: half of the callers want its metadata too. */
  async single(answer: UnaryCall<PingResponse> | Promise<UnaryResponse<PingResponse>>): Promise<void> {
    if (!("response" in answer)) {
      const { message, headers, trailers } = await answer;
      this.take(message);
      this.metadata(headers, trailers);
      return;
    }
    this.call ??= answer;
    if (this.log.plan.oddity === "waits twice") await Promise.all([answer, answer, answer.response]);
    if (this.log.plan.id % 2 === 0) this.take(await answer);
    else await this.single(answer.response);
  }

  metadata(headers: HeaderMap, trailers: HeaderMap): void {
    const { wrong, plan } = this.log;
    const { metadata } = plan.handler;
    if ((headers.get("x-meta") ?? "").length !== metadata) wrong.push("response headers are not what was sent");
    if ((trailers.get("x-meta-end") ?? "").length !== metadata) wrong.push("response trailers are not what was sent");
  }

  async stream(stream: BidiStream<Request, PingResponse>): Promise<void> {
    const { log } = this;
    const { reader, kind, sender, oddity } = log.plan;
    this.call = stream;
    stream.trailers.then(
      () => {
        log.trailers = "ok";
      },
      () => {
        log.trailers = "failed";
      },
    );
    if (kind !== "bidi" || sender === "list" || sender === "generator") oddUse(oddity, stream as never);
    if (reader.headers) await stream.headers;
    if (reader.stopAfter === 0) {
      log.abortedAt ??= this.world.clock.clock;
      this.gone = true;
      stream.cancel();
      return;
    }
    for await (const message of stream) {
      this.take(message);
      if (log.received.length === reader.stopAfter) {
        log.abortedAt ??= this.world.clock.clock;
        this.gone = true;
        return;
      }
      if (reader.gap > 0) await this.world.clock.sleep(reader.gap);
    }
    this.metadata(await stream.headers, await stream.trailers);
  }

  take(message: PingResponse): void {
    const { log } = this;
    const index = log.received.length;
    const fault = faultOfMessage(message, log.plan.id, index, log.plan.handler.responses[index]?.size ?? -1);
    if (fault !== undefined) log.wrong.push(`the caller: ${fault}`);
    log.received.push(index);
    this.world.clock.note(`call ${log.plan.id} has response ${index}`);
    if (log.settled > 0) log.wrong.push("a message came after the call had ended");
  }
}
