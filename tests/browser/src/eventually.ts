// Apart, for tests of all pages wait in this way.

/** Runs expectations until they hold: a page shows a moment later what happened. After 60 s they fail as they are. */
export async function eventually(expectations: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    try {
      return await expectations();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
