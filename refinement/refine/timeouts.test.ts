/** Timeouts whose end 64 bits do not hold: redis-server 7.0.15 takes them otherwise, so none is drawn. */
import { expect, test } from "vitest";
import { connect, execute, initial } from "../../model/keyspace/index.ts";
import { encode } from "../../model/keyspace/reply.ts";
import { World } from "./world.ts";

const OUT_OF_RANGE = "-ERR timeout is out of range\r\n";
const NEGATIVE = "-ERR timeout is negative\r\n";

test.each([
  ["BLPOP list 9999999999999999", OUT_OF_RANGE],
  ["BLPOP list 9223372036854775", OUT_OF_RANGE],
  ["BRPOP list inf", OUT_OF_RANGE],
  ["BZPOPMIN zset 1e300", OUT_OF_RANGE],
  ["BLMOVE a b LEFT LEFT 1e17", OUT_OF_RANGE],
  ["BLPOP list -inf", NEGATIVE],
  ["BZMPOP -1e300 1 zset MIN", NEGATIVE],
  ["WAIT 1 9223372036854775807", OUT_OF_RANGE],
  ["CLIENT PAUSE 9223372036854775807", OUT_OF_RANGE],
  ["XREAD BLOCK 9223372036854775807 STREAMS s $", OUT_OF_RANGE],
])("%s", (line, wanted) => {
  const words = line.split(" ");
  const world = new World(1);
  const sent = world.send(world.connect(), words);
  const step = execute(connect(initial(), 1), 1, words, BigInt(world.nowMs));
  expect(sent.reply).toBe(wanted);
  expect(step.replies.map((reply) => encode(reply, 2)).join("")).toBe(wanted);
});
