import { type HandlerContext, snappy } from "@connect-ts/runtime";
import { brotli, createNodeTransport, gzip, hasZstd, serve, zstd } from "@connect-ts/runtime/node";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  type SayRequest,
  UnimplementedElizaServiceHandler,
} from "./eliza.js";

class Echo extends UnimplementedElizaServiceHandler {
  override say({ sentence }: SayRequest, context: HandlerContext) {
    console.log(`  the request came compressed: ${context.requestCompressed}`);
    context.compress = false; // the answer is not worth it
    return { sentence };
  }
}

// #region server
const server = await serve({
  handlers: createElizaServiceHandler(new Echo()),
  compressions: [...(hasZstd ? [zstd()] : []), brotli(), gzip(), snappy()], // the first is preferred
  compressMinBytes: 1024,
});
// #endregion

// #region client
const transport = createNodeTransport({
  baseUrl: server.url,
  sendCompression: gzip(), // what requests are compressed with
  compressMinBytes: 1024,
  acceptCompression: [brotli(), gzip()], // what responses may be compressed with
});
// #endregion
const eliza = createElizaServiceClient(transport);

// #region message
await eliza.say({ sentence: "Go on. ".repeat(1000) }); // compressed: it is large enough
await eliza.say({ sentence: "Go on. ".repeat(1000) }, { compress: false }); // not this one
// #endregion
await server.close();
