// The rows, in the order of their numbers: what a name on the command line is looked up in.
import type { Row } from "../harness/row.js";
import { r01 } from "./r01-malformed.js";
import { r02 } from "./r02-cuts.js";
import { r03 } from "./r03-cut-requests.js";
import { r04 } from "./r04-resets.js";
import { r05 } from "./r05-reloads.js";
import { r06 } from "./r06-drain.js";
import { r07 } from "./r07-cancellation.js";
import { r08, r09, r10 } from "./r08-input-cost.js";
import { r11, r12 } from "./r11-memory-held.js";
import { r13 } from "./r13-slow-peers.js";
import { r14 } from "./r14-overload.js";
import { r15 } from "./r15-many-calls.js";
import { r16 } from "./r16-soak.js";
import { r17 } from "./r17-deadlines.js";
import { r18 } from "./r18-retries.js";
import { r19 } from "./r19-floods.js";
import { r20 } from "./r20-fuzz.js";
import { r21 } from "./r21-leaks.js";
import { r25 } from "./r25-decoded.js";
import { r28 } from "./r28-rolling-restart.js";
import { r29 } from "./r29-silence.js";
import { r30 } from "./r30-bytes-held.js";

export const rows: readonly Row[] = [
  r01,
  r02,
  r03,
  r04,
  r05,
  r06,
  r07,
  r08,
  r09,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  r16,
  r17,
  r18,
  r19,
  r20,
  r21,
  r25,
  r28,
  r29,
  r30,
];
