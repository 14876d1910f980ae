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
  "transports",
  "dynamic",
]) {
  console.log(`${part}:`);
  await import(`./${part}.js`);
}
