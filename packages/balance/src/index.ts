// The door of the package: what users import.
export type { Address, Addresses, AddressList } from "./addresses.js";
export { type BalancedTransport, type BalanceOptions, balance, type ServerInfo } from "./balance.js";
export type { Clock } from "./clock.js";
export type { OutlierOptions } from "./outliers.js";
export type { BalancePolicy, HashedCall } from "./policy.js";
export type { ServerState } from "./server.js";
