/** What Eliza makes of a sentence: the first pattern that fits. `$1` is what the person said, turned around. */
const rules: readonly (readonly [pattern: RegExp, answer: string])[] = [
  [/\b(?:bye|goodbye)\b/i, "Goodbye. That will be one cup of tea."],
  [/\b(?:hello|hi|hey)\b/i, "Hello. What is on your mind?"],
  [/\bi feel (.+)/i, "What makes you feel $1?"],
  [/\bi(?:'m| am) (.+)/i, "How long have you been $1?"],
  [/\bi (?:want|need) (.+)/i, "What would change if you had $1?"],
  [/\bmy (mother|father|sister|brother|boss|cat|dog|code)\b/i, "Tell me more about your $1."],
  [/\byou are (.+)/i, "We came to talk about you. But what makes me $1?"],
  [/\b(?:computers?|machines?|programs?)\b/i, "Do machines worry you? I run on one port only."],
  [/\bbecause\b/i, "Is that the real reason?"],
  [/\b(always|never|everybody|nobody)\b/i, "Really $1? Think of one exception."],
  [/\?$/, "What answer would you like best?"],
];

/** For sentences that fit no rule, by their length: so that the same sentence has the same answer. */
const encouragements = ["Go on.", "I see. And then?", "How does that make you feel?"];

const turnedAround: ReadonlyMap<string, string> = new Map([
  ["i", "you"],
  ["me", "you"],
  ["my", "your"],
  ["mine", "yours"],
  ["am", "are"],
  ["you", "I"],
  ["your", "my"],
]);

/** Eliza's answer to one sentence. */
export function answer(sentence: string): string {
  const said = sentence.trim();
  for (const [pattern, reply] of rules) {
    const match = pattern.exec(said);
    if (match !== null) return reply.replace("$1", () => turnAround(match[1] ?? ""));
  }
  return encouragements[said.length % encouragements.length] ?? "";
}

/** Whether a sentence ends a conversation. */
export function isGoodbye(sentence: string): boolean {
  return /\b(?:bye|goodbye)\b/i.test(sentence);
}

/** What Eliza tells about herself, line by line. */
export function introduction(name: string): string[] {
  return [
    `Hi ${name || "stranger"}, I am Eliza.`,
    "I have listened to people since 1966.",
    "I understand nothing, but I ask good questions.",
  ];
}

/** What Eliza makes of many sentences. */
export function summary(sentences: readonly string[]): string {
  if (sentences.length === 0) return "You said nothing. That, too, is an answer.";
  const aboutMe = sentences.filter((sentence) => /\b(?:i|me|my)\b/i.test(sentence)).length;
  return `You spoke of yourself in ${aboutMe} of ${sentences.length} sentences.`;
}

function turnAround(words: string): string {
  return words
    .replace(/[.!?]+$/, "")
    .split(" ")
    .map((word) => turnedAround.get(word.toLowerCase()) ?? word)
    .join(" ");
}
