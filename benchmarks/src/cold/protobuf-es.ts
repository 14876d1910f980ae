// What the generated messages alone bring, whatever RPC stack is above them.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { TinyRequestSchema } from "../gen/bench/v1/bench_pb.js";
import { end } from "./end.js";

const bytes = toBinary(TinyRequestSchema, create(TinyRequestSchema, { text: "hi" }));
end(fromBinary(TinyRequestSchema, bytes).text === "hi");
