// The door for Node: DNS, and transports that connect to what it says.

export { nodeConnector } from "./connector.js";
export { type DnsOptions, type DnsResolver, dnsAddresses } from "./dns.js";
