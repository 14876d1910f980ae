import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { envelope, FrameReader } from "../page/frames.js";
import { item } from "./shop.js";

export type Send = (request: Request) => Promise<Response>;

/** Asks as the page does: from its own origin, with the token. */
export class TestPage {
  readonly send: Send;
  readonly base: string;
  token = "";

  constructor(send: Send, base = "http://localhost/explorer/") {
    this.send = send;
    this.base = base;
  }

  get(path: string, headers: { readonly [name: string]: string } = {}): Promise<Response> {
    return this.send(new Request(this.base + path, { headers, redirect: "manual" }));
  }

  async open(): Promise<this> {
    this.token = ((await (await this.get("session")).json()) as { token: string }).token;
    return this;
  }

  post(
    path: string,
    body: Uint8Array | undefined,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Response> {
    const all = {
      origin: new URL(this.base).origin,
      "sec-fetch-site": "same-origin",
      "content-type": "application/connect+proto",
      "explorer-token": this.token,
      ...headers,
    };
    const init = { method: "POST", headers: all, body: body === undefined ? null : new Uint8Array(body) };
    return this.send(new Request(this.base + path, init));
  }

  /** Makes a call, and gives what came: names of items, and the end. */
  async call(
    method: string,
    names: readonly string[],
    headers: { readonly [name: string]: string } = {},
  ): Promise<unknown[]> {
    const body = Buffer.concat(names.map((name) => envelope(itemBytes(name))));
    return framesOf(await this.post(`call/acme.v1.Shop/${method}`, body, headers));
  }
}

export function itemBytes(name: string): Uint8Array {
  return toBinary(item, create(item, { name } as MessageInitShape<typeof item>));
}

/** All frames of a response. */
export async function framesOf(response: Response): Promise<unknown[]> {
  if (response.status !== 200) return [response.status, await response.text()];
  return [...new FrameReader().read(new Uint8Array(await response.arrayBuffer()))].map(shown);
}

export function shown(frame: unknown): unknown {
  return frame instanceof Uint8Array ? (fromBinary(item, frame) as unknown as { name: string }).name : frame;
}
