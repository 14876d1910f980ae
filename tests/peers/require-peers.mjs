// Jest loads it before the first test.
import { spawnSync } from "node:child_process";

/** What the tests need that npm does not install: how to see that it is there, and how to get it. */
const peers = [
  ["curl --version", "apt-get install curl"],
  ["/usr/bin/python3 -c 'import grpc, google.protobuf'", "apt-get install python3-grpcio python3-protobuf"],
  ["/usr/bin/python3 -c 'import h2, httpx'", "apt-get install python3-h2 python3-httpx"],
  [
    "/usr/bin/python3 -c 'import grpc_reflection, grpc_health'",
    "pip install --no-deps --target <a folder of PYTHONPATH> grpcio-reflection==1.51.1 grpcio-health-checking==1.51.1",
  ],
  ["nghttp --version && h2load --version", "apt-get install nghttp2-client"],
  ["grpcurl -version", "go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"],
  ["grpc-health-probe -version", "go install github.com/grpc-ecosystem/grpc-health-probe@v0.4.41"],
  ["nginx -v", "apt-get install nginx-light"],
  ["haproxy -v", "apt-get install haproxy"],
];

/** Fails before the first test when something is missing, and tells what. */
export default function requirePeers() {
  const missing = peers.filter(([command]) => spawnSync("sh", ["-c", command]).status !== 0);
  if (missing.length === 0) return;
  const lines = missing.map(([command, remedy]) => `  ${command.split(" ")[0]}: ${remedy}`);
  const error = new Error(`These tests need programs that are not on this machine:\n${lines.join("\n")}`);
  error.stack = error.message;
  throw error;
}
