// A file of its own: what jest runs.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { sample } from "./sample.js";

sample({ describe, it, beforeAll, afterEach, afterAll, expect, fn: (body) => jest.fn(body) as never });
