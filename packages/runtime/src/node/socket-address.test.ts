import { expect, it } from "@jest/globals";
import { socketAddress } from "./socket-address.js";

it.each([
  ["127.0.0.1", "127.0.0.1:5"],
  ["::ffff:127.0.0.1", "127.0.0.1:5"],
  ["::FFFF:203.0.113.7", "203.0.113.7:5"],
  ["::1", "[::1]:5"],
  ["2001:db8::ffff:1.2.3.4", "[2001:db8::ffff:1.2.3.4]:5"],
  ["fe80::1%eth0", "[fe80::1%eth0]:5"],
  [undefined, "unix"],
])("the address %s is shown as %s", (remoteAddress, shown) => {
  expect(socketAddress({ remoteAddress, remotePort: 5 })).toBe(shown);
});
