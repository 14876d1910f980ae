import { AsyncLocalStorage } from "node:async_hooks";
import workerThreads from "node:worker_threads";
import { TestEnvironment } from "jest-environment-node";

/** How long a test file may take to let go of what it opened, in milliseconds. A machine may stand still for some of it. */
const graceMs = 10_000;

/** What a test can leave behind. Others (file reads, name look-ups, thread ports) come and go by themselves. */
const trackedHandles = /^(TCP|TLS|Pipe|UDP|Process|FSEvent|StatWatcher)/;

/**
 * Node's environment, which also fails a test file that
 * - leaves sockets, servers, child processes, workers or timers behind that keep the process alive, or
 * - has a promise rejected with nobody listening after its last test (jest itself sees those before).
 *
 * An environment and not an `afterAll` of a setup file: those run before the hooks in which a file cleans up.
 */
export default class LeakEnvironment extends TestEnvironment {
  #file;
  #handlesBefore;
  #timers;
  #workers;
  #storages;

  constructor(config, context) {
    super(config, context);
    this.#file = context.testPath;
    // Jest's 100 make each of many thousand errors dear.
    this.global.Error.stackTraceLimit = 20;
  }

  async setup() {
    await super.setup();
    // Node opens these at their first use, which an import of node:process is: in a worker process of jest they are pipes,
    // which no test leaks.
    if (!process.stdout.writable || !process.stderr.writable || process.stdin === null)
      throw new Error("there is no output");
    this.#handlesBefore = countHandles();
    this.#timers = trackTimers(this.global);
    this.#workers = trackWorkers();
    this.#storages = trackStorages();
    Error.prepareStackTrace = remembering(Error.prepareStackTrace);
  }

  async teardown() {
    this.#workers.restore();
    this.#storages.disable();
    await super.teardown();
  }

  async handleTestEvent(event, state) {
    if (event.name !== "run_finish") return;
    const late = new Map();
    const onRejection = (reason, promise) => late.set(promise, reason);
    const onHandled = (promise) => late.delete(promise);
    process.on("unhandledRejection", onRejection);
    process.on("rejectionHandled", onHandled);
    const leaks = await this.#leaksAfterGrace();
    process.off("unhandledRejection", onRejection);
    process.off("rejectionHandled", onHandled);
    state.unhandledErrors.push(...late.values());
    if (leaks.length > 0) {
      const error = new Error(`${leaks.join(", ")} still open ${graceMs} ms after the last test of ${this.#file}`);
      error.stack = error.message;
      state.unhandledErrors.push(error);
    }
  }

  async #leaksAfterGrace() {
    const end = performance.now() + graceMs;
    // A turn of the event loop, for the rejections of the last test.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const leaks = this.#leaks();
      if (leaks.length === 0 || performance.now() > end) return leaks;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #leaks() {
    const leaks = [];
    for (const [type, count] of countHandles()) {
      const more = count - (this.#handlesBefore.get(type) ?? 0);
      if (more > 0) leaks.push(`${more} ${type}`);
    }
    const timers = this.#timers();
    if (timers > 0) leaks.push(`${timers} timer`);
    if (this.#workers.running.size > 0) leaks.push(`${this.#workers.running.size} Worker`);
    return leaks;
  }
}

/** The handles that keep the process alive, by type. */
function countHandles() {
  const counts = new Map();
  for (const type of process.getActiveResourcesInfo()) {
    if (trackedHandles.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/**
 * Counts the pending timers that were made through a test file's globals. The process's own count does not do: jest's
 * timers are in it, and differ from one moment to the next.
 */
function trackTimers(global) {
  let timers = new Set();
  let pruneAt = 1000;
  const prune = () => {
    timers = new Set([...timers].filter((timer) => timer.deref()?.hasRef() && !timer.deref()._destroyed));
    pruneAt = 1000 + 2 * timers.size;
  };
  for (const name of ["setTimeout", "setInterval"]) {
    global[name] = new Proxy(global[name], {
      apply(target, self, args) {
        const timer = Reflect.apply(target, self, args);
        // Weakly: Node holds those that are pending, and the others hold the async context in which they were made.
        timers.add(new WeakRef(timer));
        if (timers.size > pruneAt) prune();
        return timer;
      },
    });
  }
  return () => {
    prune();
    return timers.size;
  };
}

/** The workers that run. Node does not count them among the handles. */
function trackWorkers() {
  const { Worker } = workerThreads;
  const running = new Set();
  workerThreads.Worker = new Proxy(Worker, {
    construct(target, args, newTarget) {
      const worker = Reflect.construct(target, args, newTarget);
      running.add(worker);
      worker.once("exit", () => running.delete(worker));
      return worker;
    },
  });
  return {
    running,
    restore() {
      workerThreads.Worker = Worker;
    },
  };
}

/**
 * The storages of async contexts that ran. Node keeps each and gives each new promise the contexts of all, and a test file has one
 * of its own, jest's: without this every promise costs more than in the file before.
 */
function trackStorages() {
  const { prototype } = AsyncLocalStorage;
  const { run, enterWith } = prototype;
  const used = new Set();
  for (const [name, method] of Object.entries({ run, enterWith })) {
    prototype[name] = function (...args) {
      used.add(this);
      return Reflect.apply(method, this, args);
    };
  }
  return {
    disable() {
      Object.assign(prototype, { run, enterWith });
      for (const storage of used) storage.disable();
    },
  };
}

/**
 * Formats stacks as jest does, which maps them to the sources, but each frame only once: tests make errors by the thousand at
 * the same places, and mapping a stack costs more than all else that is done for such an error.
 */
function remembering(format) {
  const lines = new Map();
  const lineOf = (frame) => {
    const text = `${frame}`;
    let line = lines.get(text);
    if (line === undefined) {
      line = format({ name: "", message: "" }, [frame]).replace(/^.*/, "");
      lines.set(text, line);
    }
    return line;
  };
  return (error, frames) => format(error, []) + frames.map(lineOf).join("");
}
