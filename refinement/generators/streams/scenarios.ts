/** What happens to one stream and its group, of which chance would see little. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step, wait } from "../step.ts";

const KEY = "a";
const GROUP = "g";

const id = fc
  .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 9 }))
  .map(([ms, number]) => `${ms}-${number}`);
const consumer = fc.constantFrom("c", "d");
const some = fc.constantFrom("1", "2", "3");

/** A command with options, which the coverage counts. */
const drawn = (
  name: string,
  args: fc.Arbitrary<ReadonlyArray<string>>,
  options: ReadonlyArray<string> = [],
): fc.Arbitrary<Invocation> =>
  args.map((words) => ({
    ...call(name, ...words),
    options: options.filter((option) => words.includes(option)),
  }));

const optional = (
  ...words: ReadonlyArray<string | fc.Arbitrary<string>>
): fc.Arbitrary<ReadonlyArray<string>> => {
  const all = words.map((word) => (typeof word === "string" ? fc.constant(word) : word));
  return fc.oneof(fc.constant([]), fc.tuple(...all));
};

/** Values around the lengths at which a listpack says them otherwise. */
const value = fc.oneof(
  fc.constantFrom(
    "x",
    "127",
    "128",
    "-1",
    "4095",
    "4096",
    "-4097",
    "32768",
    "8388608",
    "2147483648",
  ),
  fc.constantFrom(62, 63, 64, 124, 125, 126, 127).map((length) => "w".repeat(length)),
);

const add = drawn(
  "XADD",
  fc
    .tuple(id, fc.constantFrom("f", "g"), value)
    .map(([one, field, value]) => [KEY, one, field, value]),
);

const onEntries = fc.oneof(
  add,
  add,
  drawn("XADD", fc.constant([KEY, "2-*", "f", "v"])),
  drawn(
    "XDEL",
    fc.array(id, { minLength: 1, maxLength: 4 }).map((ids) => [KEY, ...ids]),
  ),
  drawn(
    "XTRIM",
    fc
      .tuple(
        fc.oneof(
          some.map((length) => ["MAXLEN", length]),
          id.map((least) => ["MINID", least]),
        ),
        fc.constantFrom("=", "~"),
      )
      .map(([[name = "", threshold = ""], mark]) => [KEY, name, mark, threshold]),
  ),
  drawn(
    "XSETID",
    fc
      .tuple(id, optional("ENTRIESADDED", some), optional("MAXDELETEDID", id))
      .map(([last, added, deleted]) => [KEY, last, ...added, ...deleted]),
    ["ENTRIESADDED", "MAXDELETEDID"],
  ),
  drawn(
    "XRANGE",
    fc.tuple(id, id).map(([from, to]) => [KEY, from, to]),
  ),
  drawn(
    "XREVRANGE",
    fc.tuple(id, id).map(([from, to]) => [KEY, to, from]),
  ),
);

const read = drawn(
  "XREADGROUP",
  fc
    .tuple(
      consumer,
      optional("COUNT", some),
      optional("NOACK"),
      fc.constantFrom(">", ">", ">", "0", "1-3"),
    )
    .map(([who, count, noAck, from]) => [
      ...["GROUP", GROUP, who, ...count, ...noAck],
      ...["STREAMS", KEY, from],
    ]),
  ["COUNT", "NOACK"],
);

const idle = fc.constantFrom("0", "0", "2", "100000");

const onGroup = fc.oneof(
  read,
  read,
  read,
  drawn(
    "XACK",
    fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => [KEY, GROUP, ...ids]),
  ),
  drawn(
    "XCLAIM",
    fc
      .tuple(
        ...([consumer, idle, fc.array(id, { minLength: 1, maxLength: 3 })] as const),
        optional("TIME", fc.constantFrom("1000", "1000", "1700000000000", "1700000000000", "x")),
        optional("IDLE", fc.constantFrom("0", "0", "100000", "-1", "x")),
        optional("RETRYCOUNT", fc.constantFrom("0", "7", "7", "-1", "x")),
        optional("FORCE"),
        optional("JUSTID"),
        optional(
          "LASTID",
          fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: fc.constant("x") }),
        ),
      )
      .map(([who, least, ids, ...options]) => [KEY, GROUP, who, least, ...ids, ...options.flat()]),
    ["TIME", "IDLE", "RETRYCOUNT", "FORCE", "JUSTID", "LASTID"],
  ),
  drawn(
    "XAUTOCLAIM",
    fc
      .tuple(
        consumer,
        idle,
        fc.constantFrom("0", "1-3"),
        optional("COUNT", some),
        optional("JUSTID"),
      )
      .map(([who, least, from, count, justId]) => [
        ...[KEY, GROUP, who, least, from],
        ...[...count, ...justId],
      ]),
    ["COUNT", "JUSTID"],
  ),
  drawn(
    "XPENDING",
    fc
      .tuple(optional("IDLE", idle), optional("-", "+", some), optional(consumer))
      .map(([least, range, who]) =>
        range.length === 0 ? [KEY, GROUP] : [KEY, GROUP, ...least, ...range, ...who],
      ),
    ["IDLE"],
  ),
  drawn(
    "XGROUP|SETID",
    fc
      .tuple(fc.oneof(id, fc.constantFrom("0", "$", "x")), optional("ENTRIESREAD", some))
      .map(([from, entriesRead]) => [KEY, GROUP, from, ...entriesRead]),
    ["ENTRIESREAD"],
  ),
  drawn(
    "XGROUP|CREATECONSUMER",
    consumer.map((who) => [KEY, GROUP, who]),
  ),
  drawn(
    "XGROUP|DELCONSUMER",
    consumer.map((who) => [KEY, GROUP, who]),
  ),
  drawn(
    "XINFO|STREAM",
    fc.constantFrom([KEY], [KEY, "FULL"], [KEY, "FULL", "COUNT", "1"], [KEY, "FULL", "COUNT", "0"]),
    ["FULL"],
  ),
  drawn("XINFO|GROUPS", fc.constant([KEY])),
  drawn("XINFO|CONSUMERS", fc.constant([KEY, GROUP])),
);

/** A stream of a few nodes with a group, and what happens to both. */
function lives({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const limits = fc.oneof(
    fc.constantFrom("2", "3", "100").map((most) => ["stream-node-max-entries", most] as const),
    fc
      .integer({ min: 800, max: 1100 })
      .map((most) => ["stream-node-max-bytes", String(most)] as const),
  );
  const first = fc.uniqueArray(id, { minLength: 2, maxLength: 8 }).map((ids) => ids.sort());
  const nothing: Invocation | undefined = undefined;
  const event = fc.oneof(
    { weight: 3, arbitrary: onEntries },
    { weight: 6, arbitrary: onGroup },
    { weight: 1, arbitrary: fc.constant(nothing) },
  );
  return fc
    .tuple(actor, limits, first, fc.array(event, { minLength: 4, maxLength: 16, size: "max" }))
    .map(([a, most, ids, events]) => [
      step(a, call("CONFIG|SET", ...most)),
      step(a, call("DEL", KEY)),
      step(a, call("XGROUP|CREATE", KEY, GROUP, "0", "MKSTREAM")),
      ...ids.map((one) => step(a, call("XADD", KEY, one, "f", "v"))),
      ...events.map((one) => (one === undefined ? wait : step(a, one))),
    ]);
}

/** What chance would not find for streams. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "XREADGROUP", weight: 8, steps: lives },
];
