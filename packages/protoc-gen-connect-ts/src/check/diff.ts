type Edit = { readonly kind: " " | "-" | "+"; readonly line: string };

const contextLines = 3;

/** More edits than this are not looked for: the texts have little in common, and a shorter difference helps nobody. */
const maxEdits = 1000;

/**
 * The difference of two texts, line by line, as `diff -u` prints it, without the names of files.
 * Empty when they are equal.
 */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) {
    return "";
  }
  return hunksOf(editsBetween(linesOf(before), linesOf(after)));
}

/** The most lines of a difference, and the most characters of a line, that are shown. */
const maxLines = 60;
const maxWidth = 160;
/** How much of what is equal is shown in front. */
const contextWidth = 40;

/** {@link unifiedDiff} for people: cut where it is long. Of a long line it shows the part that differs. */
export function shortDiff(before: string, after: string): string {
  const lines = linesOf(unifiedDiff(before, after));
  const shown = lines.slice(0, maxLines).map((line, index) => cut(line, counterpart(lines, index)));
  const rest = lines.length - shown.length;
  return shown.join("") + (rest > 0 ? `... and ${rest} more lines\n` : "");
}

/** The line that came for one that went, or the other way round, where they stand in the same place of their runs. */
function counterpart(lines: readonly string[], index: number): string {
  const kind = lines[index]?.[0] ?? "";
  let start = index;
  while (lines[start - 1]?.startsWith(kind)) start--;
  if (kind === "-") {
    let end = index;
    while (lines[end]?.startsWith(kind)) end++;
    const line = lines[end + index - start];
    return line?.startsWith("+") ? line : "";
  }
  let first = start;
  while (lines[first - 1]?.startsWith("-")) first--;
  return first + index - start < start ? (lines[first + index - start] ?? "") : "";
}

function cut(line: string, other: string): string {
  if (line.length <= maxWidth) return line;
  let same = 1;
  while (same < line.length && line[same] === other[same]) same++;
  const from = same < line.length ? Math.max(1, same - contextWidth) : 1;
  const part = line.slice(from, from + maxWidth);
  return `${line[0]}${from > 1 ? "..." : ""}${part}${part.endsWith("\n") ? "" : "...\n"}`;
}

/** The lines of a text, each with its end. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) {
    start++;
  }
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) {
    end++;
  }
  const same = (line: string): Edit => ({ kind: " ", line });
  return [
    ...before.slice(0, start).map(same),
    ...shortestEdits(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** E. W. Myers, "An O(ND) Difference Algorithm and Its Variations": walks the edit graph along its diagonals. */
function shortestEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(maxEdits, before.length + after.length); edits++) {
    trace.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDown(furthest, diagonal, edits) ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) {
        x++;
      }
      furthest.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) {
        return walkBack(trace, before, after);
      }
    }
  }
  return [...before.map((line): Edit => ({ kind: "-", line })), ...after.map((line): Edit => ({ kind: "+", line }))];
}

function walkBack(trace: readonly Map<number, number>[], before: readonly string[], after: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  let x = before.length;
  let y = after.length;
  for (let count = trace.length - 1; count >= 0; count--) {
    const furthest = trace[count] ?? new Map<number, number>();
    const diagonal = x - y;
    const down = isDown(furthest, diagonal, count);
    const previous = down ? diagonal + 1 : diagonal - 1;
    const fromX = at(furthest, previous);
    const fromY = fromX - previous;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      edits.push({ kind: " ", line: before[--x] ?? "" });
      y--;
    }
    if (count > 0) {
      edits.push(down ? { kind: "+", line: after[--y] ?? "" } : { kind: "-", line: before[--x] ?? "" });
    }
  }
  return edits.reverse();
}

/** Whether the furthest way to a diagonal comes from the one above: by an insertion. */
function isDown(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
}

function at(furthest: ReadonlyMap<number, number>, diagonal: number): number {
  return furthest.get(diagonal) ?? 0;
}

function hunksOf(edits: readonly Edit[]): string {
  const shown = edits.map((_, index) =>
    edits.slice(Math.max(0, index - contextLines), index + contextLines + 1).some(({ kind }) => kind !== " "),
  );
  let text = "";
  let before = 1;
  let after = 1;
  for (const [index, { kind, line }] of edits.entries()) {
    if (shown[index]) {
      if (!shown[index - 1]) {
        text += `@@ -${before} +${after} @@\n`;
      }
      text += `${kind}${line}${line.endsWith("\n") ? "" : "\n\\ No newline at end of file\n"}`;
    }
    before += kind === "+" ? 0 : 1;
    after += kind === "-" ? 0 : 1;
  }
  return text;
}
