import { createFileRegistry, type FileRegistry } from "@bufbuild/protobuf";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { expect, it } from "@jest/globals";
import { createGateway } from "./gateway.js";

it("a gateway that is closed tells nobody that its schema could not be read again", async () => {
  const told: unknown[] = [];
  let reads = 0;
  let fail!: (error: Error) => void;
  let isRead!: () => void;
  const second = new Promise<void>((resolve) => {
    isRead = resolve;
  });
  const read = (): FileRegistry | Promise<FileRegistry> => {
    if (++reads === 1) return createFileRegistry();
    isRead();
    return new Promise((_, reject) => {
      fail = reject;
    });
  };
  const gateway = createGateway({
    transport: createInProcessTransport([]),
    schema: read,
    refreshMs: 1,
    onRefreshError: (error) => told.push(error),
  });
  await gateway.refresh();
  await second;
  gateway.close();
  fail(new Error("the server of the schema has ended"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([]);
});
