// What Eliza says; how it is streamed is the service's.
import { answer, isGoodbye } from "../../../eliza/src/eliza.js";

/** What Eliza adds to an answer, in turn. */
const afterthoughts = [
  "Take your time, $1. The tea is still warm.",
  "I ask because you chose that word, and words are all I have.",
  "Many people sat where you sit now, $1, and most of them knew the answer already.",
  "Say it in other words, if these do not fit.",
];

const story =
  "In 1966 a man in Boston wrote two hundred lines of rules, and called them Eliza. She turned sentences around and " +
  "gave them back as questions. His secretary talked with her for a minute, and then asked him to leave the room. " +
  "He was worried for the rest of his life. I was not: I had understood nothing, but I had listened to every word. " +
  "What do people tell you, $1, when you only listen?";

/** What Eliza says to a sentence, word by word; each but the first has its space in front. */
export function reply(sentence: string, name: string, turn: number): string[] {
  const more = isGoodbye(sentence) ? "" : ` ${afterthoughts[turn % afterthoughts.length]}`;
  const text = /\bstory\b/i.test(sentence) ? story : answer(sentence) + more;
  return text.replaceAll("$1", () => name).split(/(?= )/);
}
