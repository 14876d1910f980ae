import { Status } from "./gen/bench/v1/bench_pb.js";

/** The payloads, as plain objects that every stack takes. */

export const text = "hello, world";
export const tiny = { text };

export const blob = { data: new Uint8Array(1024 * 1024).map((_, i) => i * 31) };

/** 16 bytes encoded. */
export const event = { number: 150, text: "hello world" };

const address = (street: string) => ({ street, city: "Springfield", country: "United States", zip: "49007" });

/** About 1.5 KB encoded. */
export const order = {
  id: "9f8b2a54-3c1e-4f3e-9a0b-1d2c3b4a5f60",
  status: Status.PAID,
  created: { seconds: 1_700_000_000n, nanos: 123_456_789 },
  billing: address("742 Evergreen Terrace, second floor"),
  shipping: address("1600 Pennsylvania Avenue NW, west wing"),
  items: Array.from({ length: 14 }, (_, i) => ({
    sku: `SKU-${1000 + i}`,
    name: `A thing of some length, number ${i}`,
    quantity: i + 1,
    priceCents: BigInt(199_99 + i),
    weight: 1.25 * (i + 1),
    tags: ["new", "fragile"],
  })),
  labels: { channel: "web", campaign: "spring", tier: "gold" },
  scores: [1, 2, 3, 500, 70_000, -1],
  gift: true,
  token: new Uint8Array(32).fill(7),
};

/** The same for stacks that take 64-bit integers as numbers. */
export const orderWithNumbers = {
  ...order,
  created: { seconds: Number(order.created.seconds), nanos: order.created.nanos },
  items: order.items.map((item) => ({ ...item, priceCents: Number(item.priceCents) })),
};
