// Runs the code of the documentation, part by part.
for (const part of [
  "calls",
  "errors",
  "metadata",
  "streams",
  "context",
  "compression",
  "codecs",
  "get",
  "limits",
  "tls",
  "middleware",
  "routes",
  "cors",
  "transports",
  "dynamic",
  "health",
  "reflection",
  "rest",
  "openapi",
  "gateway",
  "explorer",
  "retry",
  "balance",
  "admission",
  "query",
  "validate",
  "otel",
  "log",
]) {
  console.log(`${part}:`);
  await import(`./${part}.js`);
}
