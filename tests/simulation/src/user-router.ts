// A platform as users write them: it drives a router of ours with requests and events of any kind, in any order.
import {
  ConnectError,
  connectHandlerProtocol,
  grpcHandlerProtocol,
  grpcWebHandlerProtocol,
  HeaderMap,
  type Interceptor,
} from "@connect-ts/runtime";
import { cors } from "@connect-ts/runtime/fetch";
import {
  createRoute,
  createRouter,
  type ErrorWriterRequest,
  errorResponseFor,
  type HttpFailure,
  type HttpRequestSink,
  type HttpServerRequest,
  type HttpServerStream,
  type Route,
  type Router,
} from "@connect-ts/runtime/transport";
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import { type CallLog, logOf } from "./log.js";
import { handlerOddities, interceptorOddities } from "./odd-plan.js";
import { oddInterceptor } from "./oddities.js";
import { type CallPlan, codes, type Kind, kinds } from "./plan.js";
import { routesOf } from "./routes.js";
import { type Surroundings, serviceOf } from "./service.js";
import { soundRequest, strangeId, strangeRequest } from "./strange-requests.js";

const planned = (): Error => new Error("as planned");

const policy = cors({ origin: "https://allowed.test", responseTrailers: ["X-End"], methods: ["PUT"] });

const failures: readonly HttpFailure[] = [
  { reason: "lost", message: "as planned" },
  { reason: "reset", message: "as planned", resetCode: 8 },
  { reason: "shutdown", message: "as planned" },
  { reason: "limit", message: "as planned" },
  { reason: "unsupported", message: "as planned" },
];

/** What a router does with a response: its order is judged. */
class UserResponse implements HttpServerStream {
  readonly wrong: string[];
  readonly chance: Chance;
  began = false;
  over = false;
  waits = false;
  paused = true;
  status = 0;
  /** Of a whole response. */
  text = "";
  onOver: () => void = () => undefined;

  constructor(chance: Chance, wrong: string[]) {
    this.chance = chance;
    this.wrong = wrong;
  }

  head(status: number): void {
    if (this.began && !this.over) this.wrong.push("a second head of a response");
    if (!(status >= 200 && status <= 599)) this.wrong.push(`a response with status ${status}`);
    this.began = true;
    this.status = status;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.began && !this.over) this.wrong.push("bytes before the head of a response");
    if (!ArrayBuffer.isView(bytes)) this.wrong.push("a response has what are no bytes");
    this.waits = this.chance.happens(0.3);
    return !this.waits;
  }

  end(): void {
    if (!this.began && !this.over) this.wrong.push("the end of a response without its head");
    this.finish();
  }

  respond(status: number, _headers: HeaderMap, body?: Uint8Array): void {
    if (this.began && !this.over) this.wrong.push("a whole response after a head");
    this.text = Buffer.from(body ?? []).toString("latin1");
    this.head(status);
    this.finish();
  }

  reset(): void {
    this.finish();
  }

  finish(): void {
    this.began = true;
    if (this.over) return;
    this.over = true;
    this.onOver();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

/** A router of ours, and those who ask it. */
export class UserRouter {
  readonly clock: Ticker;
  readonly chance: Chance;
  readonly wrong: string[] = [];
  readonly router: Router;
  readonly logs: CallLog[] = [];
  openGate: () => void = () => undefined;
  open = 0;

  constructor(clock: Ticker, chance: Chance) {
    this.clock = clock;
    this.chance = chance;
    this.router = this.make();
    for (let n = chance.whole(6, 16); n > 0; n--) {
      this.open++;
      void clock.sleep(chance.scale(0, 100)).then(() => this.ask());
    }
    if (chance.happens(0.2)) void clock.sleep(chance.scale(0, 100)).then(() => this.router.drain());
  }

  get settled(): boolean {
    return this.open === 0;
  }

  finish(): readonly string[] {
    this.openGate();
    if (this.open > 0) this.wrong.push(`${this.open} requests are not over`);
    return this.wrong.map((text) => `a user's platform: ${text}`);
  }

  /** When all has had its time. */
  left(): readonly string[] {
    return this.router.active === 0 ? [] : [`a user's platform: the router counts ${this.router.active} calls`];
  }

  make(): Router {
    const { chance, clock } = this;
    const gate = new Promise<void>((resolve) => {
      this.openGate = resolve;
    });
    const world: Surroundings = { clock, looks: chance.happens(0.3), gate, logOf: () => this.log() };
    const context = chance.pick([
      undefined,
      undefined,
      undefined,
      (call: object) => Object.assign(call, { own: 1 }),
      (call: object) => ({ ...call, compress: true }),
      () => undefined,
      () => Promise.reject(planned()),
    ]);
    const service = serviceOf(world, { lazy: chance.happens(0.3), options: { context } as never });
    const other = serviceOf(world, { lazy: false, options: {} });
    const interceptor = (): Interceptor => oddInterceptor(chance.pick(interceptorOddities), world);
    const sendMaxHeaderPairs = chance.pick([undefined, undefined, 100]);
    const told = (): void => {
      if (chance.happens(0.3)) throw planned();
    };
    const router = createRouter(
      chance.happens(0.1) ? service : [service, ...routesOf(clock), ...this.routes(other as never)],
      {
        interceptors: chance.happens(0.3) ? [interceptor(), interceptor()] : [],
        perMethod: ({ kind }) => ({ compressMinBytes: kind === "unary" ? 0 : undefined }),
        pathPrefix: chance.pick(["", "", "/api", "/api/"]),
        sendMaxHeaderPairs,
        protocols: chance.pick([
          undefined,
          [connectHandlerProtocol(), grpcHandlerProtocol(), grpcWebHandlerProtocol()],
        ]),
        cors: chance.pick([undefined, undefined, policy]),
        onError: told,
        onRouteError: told,
      },
    );
    for (const one of service.specs) void (one as { importSchema?: () => Promise<unknown> }).importSchema?.();
    return router;
  }

  /** Routes whose sinks throw, and that call what is mounted elsewhere. */
  routes(service: Parameters<Route["handle"]>[2]["services"][number]): Route[] {
    const { chance } = this;
    const act = (run: () => void) => () => {
      if (chance.happens(0.3)) throw planned();
      run();
    };
    return [
      {
        path: "/own/sink",
        handle: (request, response, context) => {
          let begun = false;
          const end = (): void => {
            if (begun) response.end(Uint8Array.of(1));
            else if (request.method === "HEAD") response.respond(200, new HeaderMap(), Uint8Array.of(1));
            else if (context.drainSignal.aborted || chance.happens(0.3)) response.reset(2);
            else response.respond(200, new HeaderMap());
          };
          if (chance.happens(0.3)) void this.clock.sleep(5).then(() => context.fail(planned()));
          response.resume();
          const nothing = (): void => undefined;
          return {
            data: act(() => {
              if (begun || chance.happens(0.5)) return;
              begun = true;
              response.head(200, new HeaderMap());
            }),
            end: act(end),
            error: act(end),
            drain: act(nothing),
            closed: act(nothing),
          };
        },
      },
      {
        path: "/own/elsewhere",
        handle: (_request, _response, context) => context.call(service, `/simulated.Service/${chance.pick(kinds)}`),
      },
      { path: "/own/nowhere", handle: (_request, _response, context) => context.call(service, "/none") },
      createRoute(["GET", "POST"], "/own/reads", async (request) => {
        if (request.drainSignal.aborted) return { status: 503 };
        if (chance.happens(0.5)) await this.clock.sleep(chance.scale(0, 60));
        if (request.signal.aborted) throw request.signal.reason;
        await request.bytes();
        if (chance.happens(0.3)) await request.bytes();
        if (chance.happens(0.3)) throw new ConnectError(chance.pick(codes), chance.pick(["", "as planned"]));
        return { body: "x" };
      }),
    ];
  }

  log(): CallLog {
    const { chance } = this;
    const sizes = Array.from({ length: chance.scale(0, 100) }, () => ({ size: chance.scale(0, 3000), gap: 0 }));
    const handler: CallPlan["handler"] = {
      wait: chance.happens(0.3) ? chance.scale(0, 100) : 0,
      reads: chance.pick([0, 1, 1000, 1000]),
      gap: chance.happens(0.2) ? chance.scale(0, 40) : 0,
      responses: [{ size: 5, gap: 0 }, ...sizes],
      stop: chance.happens(0.2) ? { after: chance.whole(0, 2), how: "throw", code: chance.pick(codes) } : undefined,
      headersFirst: chance.happens(0.2),
      metadata: 0,
      deaf: chance.happens(0.1),
      echo: chance.happens(0.5),
      oddity: chance.happens(0.3) ? chance.pick(handlerOddities) : undefined,
    };
    const log = logOf({ id: strangeId, kind: chance.pick(kinds) as Kind, requests: [], metadata: 0, handler } as never);
    this.logs.push(log);
    return log;
  }

  async ask(): Promise<void> {
    const { chance, clock } = this;
    const asked = chance.happens(0.5) ? soundRequest(chance) : strangeRequest(chance);
    const own = chance.pick(["/own/sink", "/own/elsewhere", "/own/nowhere", "/own/reads"]);
    const path = chance.happens(0.25) ? own : asked.path;
    const announced: [string, string][] = chance.happens(0.1) ? [["content-length", "900000000"]] : [];
    const request: HttpServerRequest = {
      method: asked.method,
      path,
      url: chance.happens(0.5) ? `http://user.test${path}` : path,
      httpVersion: chance.pick(["1.1", "2", undefined]),
      headers: new HeaderMap([
        ...asked.headers.map(([name, value]) => [name, value] as [string, string]),
        ...announced,
      ]),
      address: chance.pick(["127.0.0.1:5", "[::1]:5", "192.0.2.1:5", ""]),
      tls: chance.pick([undefined, { authorized: true } as never]),
      native: {},
      fullDuplex: chance.happens(0.7),
      trailers: chance.happens(0.7),
      timeoutMs: chance.pick([undefined, undefined, 0, 50, 5000]),
    };
    this.middleware(request);
    void this.underPolicy(request);
    const response = new UserResponse(chance, this.wrong);
    const gone = new Promise<void>((resolve) => {
      response.onOver = resolve;
    });
    if (this.router.owns(path) !== this.router.paths.slice(0, 1).some((one) => path.startsWith(one)))
      this.wrong.push(`the router is wrong about whose ${path} is`);
    const sink = this.router.handle(request, response) ?? this.notFound(request, response);
    await this.body(sink, asked.body, response);
    await Promise.race([gone, clock.sleep(chance.scale(100, 10_000))]);
    // It did not answer in the time that its platform gives: its client is gone.
    if (!response.over) sink.error(chance.pick(failures));
    await Promise.race([gone, clock.sleep(1000)]);
    const isBidi = path === "/simulated.Service/bidi" && this.router.owns(path);
    if (isBidi && !request.fullDuplex && response.status === 200)
      this.wrong.push("messages go both ways at a time where that cannot be");
    response.over = true;
    sink.closed();
    this.open--;
  }

  /** Events of a body: in order, but for some that come twice or not at all, and errors at any time. */
  async body(sink: HttpRequestSink, body: readonly Uint8Array[], response: UserResponse): Promise<void> {
    const { chance, clock } = this;
    const events: (() => void)[] = [...body.map((part) => () => sink.data(part)), () => sink.end()];
    if (chance.happens(0.2)) {
      const failure = chance.pick(failures);
      events.splice(chance.whole(0, events.length), chance.whole(0, 9), () => sink.error(failure));
    }
    if (chance.happens(0.1)) events.splice(chance.whole(0, events.length), 0, chance.pick(events));
    if (chance.happens(0.1)) events.push(() => sink.drain());
    for (const event of events) {
      if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 40));
      for (let n = 0; response.paused && !response.over && n < 20; n++) await clock.sleep(2);
      event();
    }
    for (let n = 0; n < 60 && !response.over; n++) {
      if (response.waits) {
        response.waits = false;
        sink.drain();
      }
      await clock.sleep(1);
    }
  }

  /** Nobody takes it: that is said at once. */
  notFound(request: HttpServerRequest, response: UserResponse): HttpRequestSink {
    const sink = this.router.notFound(request, response);
    if (!response.over) this.wrong.push(`nobody answers ${request.path}`);
    const isUnary = request.headers.get("content-type") === "application/proto" && request.method === "POST";
    if (isUnary && ![403, 404].includes(response.status))
      this.wrong.push(`${request.path} is answered with ${response.status}`);
    if (isUnary && response.status !== 403 && !response.text.includes(request.path.slice(0, 100).split("?")[0] ?? ""))
      this.wrong.push(`the answer to ${request.path} does not name it: ${response.text}`);
    return sink;
  }

  /** A policy around a handler that is none of ours. */
  async underPolicy({ method, headers }: HttpServerRequest): Promise<void> {
    const given = new Headers([...headers].filter(([name]) => /origin|access|sec-/.test(name)));
    const handler = policy.wrap(() => Promise.resolve(new Response("x", { headers: { vary: "Accept" } })));
    const { status, headers: answered } = await handler(
      new Request("http://user.test/page", { method, headers: given }),
    );
    const origin = headers.get("origin");
    const allowed = answered.get("access-control-allow-origin");
    if (allowed !== null && (allowed !== origin || !origin.includes("allowed")))
      this.wrong.push(`a policy allows ${allowed} to ${origin}`);
    if (![200, 204, 403].includes(status)) this.wrong.push(`a policy answers with ${status}`);
  }

  /** What stands before a router refuses a request in its protocol. */
  middleware({ method, path, headers }: HttpServerRequest): void {
    if (this.chance.happens(0.5)) return;
    const request: ErrorWriterRequest = { method, url: path, headers };
    const error = this.chance.pick([new ConnectError("unauthenticated", "as planned"), planned()]);
    const answer = errorResponseFor(request, error);
    if (answer !== undefined && !(answer.status >= 200)) this.wrong.push(`an error has status ${answer.status}`);
  }
}
