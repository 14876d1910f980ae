// A file of its own: a question to the platform, which tests answer for it.

/**
 * Whether `fetch` takes a stream as a stream. Firefox sends the text "[object ReadableStream]" instead, which no error
 * tells. (Safari, and Chromium over HTTP/1.1, reject the request: that needs no foresight.)
 */
export function canStreamRequests(): boolean {
  try {
    const init = { method: "POST", body: new ReadableStream(), duplex: "half" };
    // Text would have got a content type.
    return !new Request("https://localhost/", init as RequestInit).headers.has("content-type");
  } catch {
    return false;
  }
}
