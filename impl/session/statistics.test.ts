import { expect, test } from "vitest";
import { Statistics } from "./statistics.ts";

test("counts error replies by their first word", () => {
  const statistics = new Statistics(0);
  statistics.verifyInvariants();
  for (const text of ["ERR syntax error", "WRONGTYPE Operation", "ERR no", "CUSTOM"]) {
    statistics.recordError(text);
    statistics.verifyInvariants();
  }
  expect([...statistics.errors]).toEqual([
    ["ERR", 2],
    ["WRONGTYPE", 1],
    ["CUSTOM", 1],
  ]);
});

test("RESETSTAT forgets everything that counts, and no speed is negative after it", () => {
  const statistics = new Statistics(0);
  statistics.commandsProcessed = 1000;
  statistics.sampleRates(0);
  statistics.commandsProcessed = 2000;
  statistics.sampleRates(100);
  statistics.recordError("ERR no");
  statistics.errorsAttributed = 1;
  statistics.verifyInvariants();
  expect(statistics.commandRate.perSecond).toBeGreaterThan(0);
  statistics.reset();
  statistics.verifyInvariants();
  statistics.sampleRates(200);
  statistics.commandsProcessed = 5;
  statistics.sampleRates(300);
  statistics.verifyInvariants();
  expect(statistics.errorReplies).toBe(0);
});

test("a counter that falls back to nothing gives no negative speed", () => {
  const { commandRate } = new Statistics(0);
  commandRate.sample(1000, 100);
  commandRate.sample(10, 200);
  commandRate.verifyInvariants();
  expect(commandRate.perSecond).toBe(0);
});
