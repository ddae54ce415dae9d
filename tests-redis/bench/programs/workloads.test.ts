import { expect, test } from "vitest";
import { PROGRAM_WORKLOADS } from "./workloads.ts";

test("what is asked for is measured", () => {
  expect(PROGRAM_WORKLOADS.map(({ name }) => name)).toEqual([
    ...["EVAL of a counter", "EVALSHA, 5 calls", "FCALL of a counter", "PUBLISH to 1"],
    ...["PUBLISH to 50", "BullMQ, 10,000 jobs", "SET under allkeys-lru"],
  ]);
});
