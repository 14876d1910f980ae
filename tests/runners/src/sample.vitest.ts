// A file of its own: what vitest runs.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { sample } from "./sample.js";

sample({ describe, it, beforeAll, afterEach, afterAll, expect, fn: (body) => vi.fn(body) as never });
