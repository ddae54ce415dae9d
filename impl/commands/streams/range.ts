import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { KEY } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { COUNT, STREAM } from "./facts.ts";
import { endArgument, startArgument } from "./ids.ts";
import { arrayOf, readStream, replyEntry, replyNothing, replyZero } from "./lookup.ts";

/** XLEN: how many entries a stream has. */
export const XLEN: Command = {
  ...STREAM,
  name: "xlen",
  arity: 2,
  flags: ["readonly", "fast"],
  keySpecs: oneKey("RO"),
  constantTime: true,
  complexity: "O(1)",
  summary: "Counts the entries of a stream",
  arguments: [KEY],
  handler: xlen,
};

function xlen(call: Call): void {
  const stream = readStream(call, 1, replyZero);
  if (stream !== null) call.reply.integer(stream.entries.length);
}

const START = { name: "start", type: "string" } as const;
const END = { name: "end", type: "string" } as const;

/** What XRANGE and XREVRANGE have in common. */
const RANGE = {
  ...STREAM,
  arity: -4,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  complexity: "O(log(N) + M) in the nodes of the stream and the entries of the reply",
  history: [["6.2.0", "A border can be left out of the range."]],
} as const;

/** XRANGE: the entries between two ids. */
export const XRANGE: Command = {
  ...RANGE,
  name: "xrange",
  summary: "Replies the entries of a stream between two ids",
  arguments: [KEY, START, END, COUNT],
  handler: (call) => range(call, 2, 3, false),
};

/** XREVRANGE: the entries between two ids, the last first. */
export const XREVRANGE: Command = {
  ...RANGE,
  name: "xrevrange",
  summary: "Replies the entries of a stream between two ids, the last one first",
  arguments: [KEY, END, START, COUNT],
  handler: (call) => range(call, 3, 2, true),
};

const start = new StreamId();
const end = new StreamId();

function range(call: Call, startAt: number, endAt: number, backwards: boolean): void {
  const { request, reply } = call;
  if (!startArgument(call, startAt, start) || !endArgument(call, endAt, end)) return;
  let most = Number.POSITIVE_INFINITY;
  for (let i = 4; i < request.argc; i += 2) {
    if (!request.is(i, "count") || i + 1 >= request.argc) {
      reply.error(ERR.syntax);
      return;
    }
    const given = integerArgument(call, i + 1);
    if (given === null) return;
    most = Math.max(0, Number(given));
  }
  const stream = readStream(call, 1, replyNothing);
  if (stream === null) return;
  if (most === 0) {
    reply.nilArray();
    return;
  }
  stream.entries.begin(start, end, backwards);
  arrayOf(call, () => {
    let count = 0;
    for (; count < most && stream.entries.next(); count++) replyEntry(call, stream);
    return count;
  });
}
