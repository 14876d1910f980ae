// The program of the project that installs our tarballs.
import { conversation } from "./conversation.js";

conversation().then(
  (rpcs) => console.log(`${rpcs} RPCs`),
  (reason: unknown) => {
    console.error(reason);
    process.exitCode = 1;
  },
);
