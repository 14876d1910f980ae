// The parts of mutations.mjs that need no tree: what a mutation changes, and what its tests say of it.

/** The new texts of the edited files, by file. An edit whose `find` does not stand exactly once is an error. */
export function applyEdits(edits, read) {
  const texts = new Map();
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? read(file);
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`${file}: "find" stands there ${times} times and must stand there once: ${find}`);
    if (find === replace) throw new Error(`${file}: "replace" changes nothing: ${find}`);
    texts.set(
      file,
      text.replace(find, () => replace),
    );
  }
  return texts;
}

/**
 * The failures in jest's results: the file, the text that names the failure, and whether the file's tests ran. What fails
 * with all its tests passed has leaked; where no test ran the code does not load, which shows nothing about a fault.
 */
export function failuresIn(results) {
  return results.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length > 0) return failed.map(({ fullName }) => ({ file: name, text: fullName, ran: true }));
    if (status !== "failed") return [];
    const text = message.split("\n").find((line) => /\w/.test(line) && !line.includes("failed to run")) ?? message;
    return [{ file: name, text: text.trim(), ran: assertionResults.length > 0 }];
  });
}
