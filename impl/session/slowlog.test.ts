import fc from "fast-check";
import { expect, test } from "vitest";
import { Request } from "../resp/request.ts";
import { SlowLog } from "./slowlog.ts";

function record(log: SlowLog, args: readonly string[], maxLength: number, redacted: number[] = []) {
  log.record(Request.of(...args), redacted, 1_700_000_000, 20_000, "127.0.0.1:1", "", maxLength);
  log.verifyInvariants();
}

test("keeps the newest entries, newest first, whatever the limit is set to", () => {
  const step = fc.record({ maxLength: fc.integer({ min: 0, max: 4 }), reset: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const log = new SlowLog();
      let kept: number[] = [];
      steps.forEach(({ maxLength, reset }, id) => {
        record(log, ["get", "k"], maxLength);
        kept = [id, ...kept].slice(0, maxLength);
        if (reset && id % 3 === 0) {
          log.reset();
          kept = [];
        }
        expect(log.newest(log.length).map((entry) => entry.id)).toEqual(kept);
      });
    }),
  );
});

test("an entry shows 32 arguments of 128 bytes each, and no password", () => {
  const log = new SlowLog();
  record(log, ["auth", "secret"], 10, [1]);
  record(log, Array.from({ length: 40 }, String), 10);
  record(log, ["set", "k", "x".repeat(130)], 10);
  const [long, many, secret] = log.newest(3).map((entry) => entry.args);
  expect(secret).toEqual(["auth", "(redacted)"]);
  expect(many).toHaveLength(32);
  expect(many!.at(-1)).toBe("... (9 more arguments)");
  expect(long!.at(-1)).toBe(`${"x".repeat(128)}... (2 more bytes)`);
});
