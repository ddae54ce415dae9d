import { expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

test.each([
  ["return redis.call('lpush','a','x')", 1],
  ["return redis.pcall('lpush','a','x')", 1],
  ["redis.pcall('lpush','a','x')", 0],
  ["return redis.call('nosuch')", 1],
  ["return redis.error_reply('X y')", 1],
  ["error('x')", 1],
  ["return 1", 0],
])(
  "a script that answers with an error has failed, whoever made the error: %s",
  (script, failures) => {
    const ours = testInstance(commands);
    ours.run("set a 1");
    ours.send("eval", script, "0");
    const record = ours.instance.commands.byName("eval")!;
    expect([record.calls, record.failedCalls]).toEqual([1, failures]);
    expect(ours.instance.statistics.errorReplies).toBe(script === "return 1" ? 0 : 1);
  },
);
