/** Values that options take in a matrix of combinations; the first of each is none. */
export type Factors = { readonly [name: string]: readonly unknown[] };

/** A value for each option. */
export type Row<F extends Factors> = { readonly [Name in keyof F]: F[Name][number] };

/** Rows in which each value of each option meets each value of each other one, but where `allowed` says no. The same each time. */
export function pairwise<F extends Factors>(factors: F, allowed: (row: Row<F>) => boolean): Row<F>[] {
  const names = Object.keys(factors);
  const open = new Set<string>();
  const pair = (a: string, i: number, b: string, j: number): string => `${a}=${i},${b}=${j}`;
  names.forEach((a, at) => {
    for (const b of names.slice(at + 1)) {
      factors[a]?.forEach((_, i) => {
        factors[b]?.forEach((__, j) => void open.add(pair(a, i, b, j)));
      });
    }
  });
  let seed = 1;
  const below = (n: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % n;
  };
  const met = (chosen: readonly number[]): string[] =>
    chosen.flatMap((i, at) =>
      chosen.slice(at + 1).map((j, more) => pair(names[at] as string, i, names[at + 1 + more] as string, j)),
    );
  const rowOf = (chosen: readonly number[]): Row<F> =>
    Object.fromEntries(names.map((name, at) => [name, factors[name]?.[chosen[at] as number]])) as Row<F>;

  const rows: Row<F>[] = [];
  // What is not met after so many rows in vain is not allowed.
  for (let vain = 0; open.size > 0 && vain < 20; ) {
    let best: readonly number[] = [];
    let most = 0;
    for (let candidate = 0; candidate < 60; candidate++) {
      const chosen = names.map((name) => below(factors[name]?.length ?? 1));
      // One pair that is open for certain.
      const wanted = [...open][below(open.size)]?.split(",").map((part) => part.split("="));
      for (const [name, index] of wanted ?? []) chosen[names.indexOf(name as string)] = Number(index);
      const count = met(chosen).filter((one) => open.has(one)).length;
      if (count > most && allowed(rowOf(chosen))) {
        best = chosen;
        most = count;
      }
    }
    vain++;
    if (most === 0) continue;
    vain = 0;
    for (const one of met(best)) open.delete(one);
    rows.push(rowOf(best));
  }
  return rows;
}
