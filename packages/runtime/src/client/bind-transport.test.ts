import { describe, expect, it } from "@jest/globals";
import { bindPlainTransport, bindTransport } from "./bind-transport.js";
import type { Transport } from "./transport.js";
import type { ClientOptions } from "./types.js";

const transport = { unary: () => undefined } as unknown as Transport;

describe("a client without interceptors", () => {
  it.each([
    ["interceptors", { interceptors: [] }],
    ["replayBytes", { replayBytes: 0 }],
  ])("refuses %s and says why it has none", (name, options: ClientOptions) => {
    expect(() => bindTransport(transport, options)).not.toThrow();
    expect(() => bindPlainTransport(transport, options)).toThrow(
      `a client has no option "${name}": its code was generated with interceptors=false`,
    );
  });

  it("takes headers and a deadline, and leaves alone what is undefined", () => {
    const options = { headers: { a: "b" }, timeoutMs: 5, interceptors: undefined };
    expect(bindPlainTransport(transport, options).options).toBe(options);
    expect(() => bindPlainTransport(transport, { timeoutMs: -1 })).toThrow("timeoutMs of a client must be a number");
  });
});
