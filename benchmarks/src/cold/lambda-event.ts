// What the functions of bench:cold are called with.
/** What a function URL of AWS Lambda sends its handler. */
export function eventFor(path: string, body: object) {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: { "content-type": "application/json", host: "abc.lambda-url.eu-central-1.on.aws" },
    requestContext: {
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7" },
      domainName: "abc.lambda-url.eu-central-1.on.aws",
    },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}

export const tinyPath = "/bench.v1.BenchService/Tiny";
