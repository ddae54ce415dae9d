import { expect, test } from "vitest";
import { readCorpus } from "../corpus.ts";
import { fuzzRestore } from "./fuzz.ts";
import { RestoreJudge } from "./judge.ts";
import { FORMS, partsOf } from "./parts.ts";
import { ownSeeds } from "./seeds.ts";

test.each(readCorpus("restore"))("payload $name of the corpus", ({ input }) => {
  new RestoreJudge().judge(Buffer.from(input, "latin1"));
});

test("payloads that were changed are refused, or sound", { timeout: 60_000 }, () => {
  const { payloads, accepted, refused } = fuzzRestore(ownSeeds(), 1500, 1);
  expect(payloads).toBe(1500);
  expect(accepted.size).toBeGreaterThan(10);
  expect(refused.size).toBeGreaterThan(10);
});

test("what is taken apart ends where the value ends", () => {
  const seeds = ownSeeds();
  expect(seeds.length).toBeGreaterThan(100);
  for (const payload of seeds) {
    if (FORMS[payload[0]!] === undefined) continue;
    const parts = partsOf(payload);
    expect(parts.at(-1)?.end).toBe(payload.length - 10);
  }
});
