/** The most digits that a 64-bit integer has: longer ones fit no such field, whatever they are. */
const mostDigits = 20;

let current: ReadonlySet<number> | undefined;

/**
 * The integers of a JSON text that no double holds, as `JSON.parse` gives them: it takes the nearest double, in silence.
 * `undefined`: there are none.
 */
export function inexactIntegers(text: string): ReadonlySet<number> | undefined {
  if (!/\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d/.test(text)) return undefined;
  let found: Set<number> | undefined;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
      continue;
    }
    if (!isDigit(unit)) continue;
    const start = at;
    while (isDigit(text.charCodeAt(at))) at++;
    const end = at;
    while (isOfNumber(text.charCodeAt(at))) at++;
    if (at === end && end - start > 15 && end - start <= mostDigits) {
      const digits = text.slice(start, end);
      const nearest = Number(digits);
      if (BigInt(digits) !== BigInt(nearest)) {
        found ??= new Set();
        found.add(text.charCodeAt(start - 1) === 0x2d ? -nearest : nearest);
      }
    }
    at--;
  }
  return found;
}

/** Reads JSON, and lets {@link checkExact} know what in it is inexact. */
export function withInexact<T>(text: string, read: () => T): T {
  const before = current;
  current = inexactIntegers(text);
  try {
    return read();
  } finally {
    current = before;
  }
}

/** @throws Error for a number of the text that is read now which is not what stands there */
export function checkExact(value: unknown, inexact: ReadonlySet<number> | undefined = current): void {
  if (inexact !== undefined && typeof value === "number" && inexact.has(value)) {
    throw new Error(
      `a number near ${value} has more digits than a JSON number keeps in JavaScript: send it as a string`,
    );
  }
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Digits, sign, point and exponent. */
function isOfNumber(unit: number): boolean {
  return isDigit(unit) || unit === 0x2b || unit === 0x2d || unit === 0x2e || unit === 0x45 || unit === 0x65;
}
