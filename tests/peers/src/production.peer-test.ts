import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { tokens } from "../../../examples/production/src/identity.js";
import { startShop } from "../../../examples/production/src/server.js";
import { testCertificates } from "../../setup/certificates.js";
import { bufProgram } from "./buf-curl.js";
import { runCommand } from "./command.js";

const { sign, verify } = tokens("a secret of the tests");
const token = (...roles: string[]) => ["authorization", `Bearer ${sign({ name: "Ada", roles })}`].join(": ");
const folder = mkdtempSync(join(tmpdir(), "connect-ts-production-"));
const ca = join(folder, "ca.pem");
const lines: string[] = [];
let server: Server;
let address: string;

beforeAll(async () => {
  const files = testCertificates();
  writeFileSync(ca, files.ca);
  const write = (line: string) => void lines.push(line);
  const logger = { debug: write, info: write, warn: write, error: write };
  server = await startShop({ verify, tls: files.server, logger });
  address = `localhost:${server.port}`;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function run(file: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(file, args, {}).ended;
  return `${status}: ${stdout}${stderr}`;
}

const grpcurl = (...args: string[]) => run("grpcurl", "-cacert", ca, ...args);

describe("grpcurl, over TLS and without a schema", () => {
  it("lists and describes, rules and access included", async () => {
    expect(await grpcurl(address, "list")).toContain("shop.v1.ShopService");
    const described = await grpcurl(address, "describe", "shop.v1.ShopService");
    expect(described).toContain('option (.shop.v1.access) = { roles: [ "customer" ] }');
    expect(await grpcurl(address, "describe", "shop.v1.BuyRequest")).toContain(".buf.validate.field");
  });

  it.each([
    ["Price", [], '{"tea":"sencha"}', '"cents": 350'],
    ["Buy", ["customer"], '{"tea":"sencha","cups":2}', '"left": 10'],
    ["Restock", ["staff"], '{"tea":"sencha","cups":2}{"tea":"sencha","cups":3}', '"cups": 5'],
    ["Haggle", ["customer"], '{"cents":200}{"cents":300}', '"taken": true'],
  ])("calls %s", async (method, roles, data, expected) => {
    const called = await grpcurl("-H", token(...roles), "-d", data, address, `shop.v1.ShopService/${method}`);
    expect(called).toContain(expected);
    expect(lines.at(-1)).toMatch(new RegExp(`^handler /shop.v1.ShopService/${method} \\w+ grpc ok `));
  });

  it.each([
    ["without a token", [], "Unauthenticated"],
    ["with another role", ["-H", token("staff")], "PermissionDenied"],
  ])("is refused %s", async (_, args, expected) => {
    const called = await grpcurl(...args, "-d", '{"tea":"sencha","cups":1}', address, "shop.v1.ShopService/Buy");
    expect(called).toContain(expected);
  });

  it("gets the violations of a bad request", async () => {
    const args = ["-H", token("customer"), "-d", '{"tea":"x","cups":1}'];
    const called = await grpcurl(...args, address, "shop.v1.ShopService/Buy");
    expect(called).toContain("InvalidArgument");
    expect(called).toContain("must be at least 2 characters");
  });
});

it.each(["connect", "grpc", "grpcweb"])("buf curl calls by reflection over %s", async (protocol) => {
  const args = ["--cacert", ca, "--protocol", protocol, "--header", token(), "--reflect-protocol", "grpc-v1"];
  const called = await run(
    bufProgram(),
    ...["curl", ...args, "--data", '{"tea":"sencha"}', `https://${address}/shop.v1.ShopService/Price`],
  );
  expect(called).toContain('"cents": 350');
});

it("grpc_health_probe sees the service, and that the server drains; probes are not in the log", async () => {
  const before = lines.length;
  const probe = () =>
    run("grpc-health-probe", `-addr=${address}`, "-tls", `-tls-ca-cert=${ca}`, "-service=shop.v1.ShopService");
  expect(await probe()).toMatch(/^0: .*SERVING/);
  const drained = server.drain({ noticeMs: 60_000 });
  expect(await probe()).toMatch(/^4: .*NOT_SERVING/);
  await server.close();
  await drained;
  expect(lines.length).toBe(before);
});
