// A file of its own: streams of Node and of fetch hosts hold answers back alike.
import { after, cancel } from "../time.js";

/** How long an error waits for the rest of a request that says its length, in milliseconds. */
export const declaredRestMs = 50;

/**
 * Holds an answer back that was given before its request had come whole. Most often the rest is on its way. Without it
 * the connections of some hosts cannot be used again, and curl 7.88 hangs over HTTP/2 when a status from 400 on comes
 * while it sends.
 *
 * @param ms - how long it is held at most
 * @returns to be called when the rest has come, or will not: the answer is given at once then
 */
export function holdAnswer(answer: () => void, ms: number): () => void {
  let given = false;
  const give = (): void => {
    if (given) return;
    given = true;
    cancel(timer);
    answer();
  };
  const timer = after(ms, give);
  return give;
}
