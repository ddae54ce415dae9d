import { expect, test } from "vitest";
import { commandTable } from "../generators/commands.ts";
import { Coverage, replyKind } from "./coverage.ts";

test.each([
  ["+OK\r\n", "+OK"],
  [":0\r\n", ":0"],
  [":-1\r\n", ":-1"],
  [":17\r\n", ":n"],
  [":-17\r\n", ":-n"],
  ["$-1\r\n", "nil"],
  ["_\r\n", "nil"],
  ["$0\r\n\r\n", "$0"],
  ["$1\r\na\r\n", "$"],
  ["*-1\r\n", "*nil"],
  ["*0\r\n", "*0"],
  ["*2\r\n:1\r\n:2\r\n", "*n"],
  ["%0\r\n", "%0"],
  ["-ERR syntax error\r\n", "-ERR syntax error"],
  ["-ERR unknown command 'a', with args beginning with: 'b' \r\n", "-ERR unknown command …"],
  [
    "-ERR unknown subcommand 'x'. Try OBJECT HELP.\r\n",
    "-ERR unknown subcommand …. Try OBJECT HELP.",
  ],
  [
    "-ERR unknown subcommand or wrong number of arguments for 'x'. Try DEBUG HELP.\r\n",
    "-ERR unknown subcommand or wrong number of arguments for …. Try DEBUG HELP.",
  ],
])("%j is of kind %s", (raw, kind) => {
  expect(replyKind(raw)).toBe(kind);
});

test("what is declared and not seen is reported, and only that", () => {
  const coverage = new Coverage();
  const missing = coverage.neverReached(commandTable);
  expect(missing).toContain("GET never answered nil");
  expect(missing).toContain("SET NX never succeeded");
  coverage.add("GET", [], "nil");
  coverage.add("SET", ["NX"], "-ERR syntax error");
  expect(coverage.neverReached(commandTable)).not.toContain("GET never answered nil");
  expect(coverage.neverReached(commandTable)).toContain("SET NX never succeeded");
  coverage.add("SET", ["NX"], "nil");
  expect(coverage.neverReached(commandTable)).not.toContain("SET NX never succeeded");
});
