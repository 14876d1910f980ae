import type { Load } from "./commands.js";
import type { Client } from "./peers/peer.js";

/** No load takes longer, whatever else the machine does. */
const maxWallMs = 5_000;

/** Makes calls until the CPU time is spent; answers with the number of operations: calls, or messages of streams. */
export async function runLoad(client: Client, load: Load): Promise<number> {
  const call = operation(client, load);
  const begun = process.cpuUsage();
  const deadline = performance.now() + maxWallMs;
  let calls = 0;
  let over = false;
  const isOver = (): boolean => {
    const { user, system } = process.cpuUsage(begun);
    return user + system >= load.cpuMs * 1000 || performance.now() >= deadline;
  };
  // A look at the clock costs as much as some calls do.
  const lookEvery = load.messages > 1 || load.method === "blob" ? 1 : 64;
  const loop = async (): Promise<void> => {
    while (!over) {
      await call();
      calls++;
      if (calls % lookEvery === 0 && isOver()) over = true;
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, loop));
  return calls * load.messages;
}

/** Makes one call after the other for a time, whatever comes of them. */
export async function callAgain(client: Client, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  for (let left = forMs; left > 0; left = end - performance.now()) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, left);
    });
    await Promise.race([client.tiny?.().catch(() => {}), late]);
    clearTimeout(timer);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function operation(client: Client, { method, messages }: Load): () => Promise<void> {
  const run = client[method] as ((count: number) => Promise<void>) | undefined;
  if (run === undefined) throw new Error(`the stack has no ${method}`);
  return () => run.call(client, messages);
}
