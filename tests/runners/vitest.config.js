// Vitest reads it: no options beside the files.
export default { test: { include: ["src/sample.vitest.ts"] } };
