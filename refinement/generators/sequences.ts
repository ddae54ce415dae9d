/** Whole runs: commands of several connections, with scenarios that chance alone would rarely find. */

import fc from "fast-check";
import { commandTable } from "./commands.ts";
import { PASSWORD } from "./connection.ts";
import type { CommandEntry } from "./grammar.ts";
import type { Arg, Invocation, Sequence, Step } from "./step.ts";
import { borderInteger, key, pick, similarText, value } from "./values.ts";

/** How long a Wait step lasts, in milliseconds: longer than the short lifetimes in `values.ts`. */
export const WAIT_MS = 5;

/** What the sequences are made of. */
export interface SequenceOptions {
  /** Steps, about; scenarios count as one. */
  readonly length: number;
  /** The commands to draw from; all of the table by default. */
  readonly commands?: ReadonlyArray<CommandEntry>;
  /** The protocols that connections start with; both by default. */
  readonly protocols?: ReadonlyArray<2 | 3>;
}

const call = (name: string, ...args: ReadonlyArray<Arg>): Invocation => ({
  name,
  options: [],
  args: [...name.split("|"), ...args],
});

const step = (connection: number, invocation: Invocation): Step => ({
  _tag: "Command",
  connection,
  invocation,
});

const wait: Step = { _tag: "Wait", ms: WAIT_MS };

/** Any command of the table by weight. */
function anyCommand(commands: ReadonlyArray<CommandEntry>): fc.Arbitrary<Invocation> {
  return fc.oneof(...commands.map(({ weight, arbitrary }) => ({ weight, arbitrary })));
}

/** A watches, somebody (A itself now and then) changes something, A tries its transaction. */
function watchConflict(
  actor: fc.Arbitrary<number>,
  any: fc.Arbitrary<Invocation>,
): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      actor,
      fc.array(key, { minLength: 1, maxLength: 2 }),
      fc.array(any, { minLength: 0, maxLength: 3 }),
      fc.array(any, { minLength: 0, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([a, b, keys, others, queued, multiFirst]) => {
      const disturbing = others.map((invocation) => step(b, invocation));
      const multi = step(a, call("MULTI"));
      return [
        step(a, call("WATCH", ...keys)),
        ...(multiFirst ? [multi, ...disturbing] : [...disturbing, multi]),
        ...queued.map((invocation) => step(a, invocation)),
        step(a, call("EXEC")),
      ];
    });
}

/** Commands that change the key, or look as if they did, or change it only when it exists. */
function disturbance(name: string): fc.Arbitrary<Invocation> {
  const database = fc.constantFrom("0", "1", "2");
  const fixed = [
    call("SET", name, "x"),
    call("DEL", name),
    call("APPEND", name, ""),
    call("SETRANGE", name, "0", ""),
    call("SETNX", name, "x"),
    call("GETEX", name, "PERSIST"),
    call("GETDEL", name),
    call("PERSIST", name),
    call("EXPIRE", name, "100"),
    call("EXPIRE", name, "-1"),
    call("TOUCH", name),
    call("RENAME", name, name),
    call("RENAME", "b", name),
    call("COPY", "b", name, "REPLACE"),
    call("FLUSHDB"),
    call("FLUSHALL"),
    call("INCRBY", name, "0"),
  ];
  return pick<Invocation>(
    [3, fc.constantFrom(...fixed)],
    [1, fc.tuple(database, database).map(([one, other]) => call("SWAPDB", one, other))],
    [1, database.map((other) => call("MOVE", name, other))],
  );
}

/** One key watched in one database, present or not, and one disturbance from anywhere. */
function watched(actor: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyArray<Step>> {
  const database = fc.constantFrom("0", "1", "2");
  const name = "a";
  return fc
    .tuple(
      fc.tuple(actor, actor, database, database, fc.boolean(), fc.boolean()),
      disturbance(name),
      fc.constantFrom("", "", "", "UNWATCH", "DISCARD"),
    )
    .map(([[a, b, home, other, present, away], disturbing, second]) => [
      step(a, call("SELECT", home)),
      step(a, present ? call("SET", name, "1") : call("DEL", name)),
      step(a, call("WATCH", name)),
      ...(away ? [step(a, call("SELECT", other))] : []),
      ...(a === b ? [] : [step(b, call("SELECT", other))]),
      step(b, disturbing),
      ...(second === "UNWATCH" ? [step(a, call(second))] : []),
      step(a, call("MULTI")),
      ...(second === "DISCARD" ? [step(a, call(second)), step(a, call("MULTI"))] : []),
      step(a, call("EXEC")),
    ]);
}

/** A key with a few milliseconds to live, watched or not, read or not, outlived. */
function expiry(
  actor: fc.Arbitrary<number>,
  any: fc.Arbitrary<Invocation>,
): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      actor,
      key,
      value,
      fc.constantFrom("1", "2", "3"),
      fc.constantFrom("none", "before", "after"),
      fc.array(any, { minLength: 1, maxLength: 3 }),
    )
    .map(([a, b, name, text, lifetimeMs, watch, rest]) => {
      const watching = [step(b, call("WATCH", name))];
      return [
        step(a, call("SET", name, text)),
        step(a, call("PEXPIRE", name, lifetimeMs)),
        ...(watch === "before" ? watching : []),
        wait,
        ...(watch === "after" ? watching : []),
        ...rest.map((invocation) => step(a, invocation)),
        ...(watch === "none" ? [] : [step(b, call("MULTI")), step(b, call("EXEC"))]),
      ];
    });
}

/** Expiries of one key that are equal, earlier or later, each under a condition. */
function conditions(actor: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyArray<Step>> {
  const expireAt = fc
    .tuple(fc.constantFrom("33177117420", "33177117421"), fc.constantFrom("NX", "XX", "GT", "LT"))
    .map(([seconds, condition]): [string, string] => [seconds, condition]);
  return fc
    .tuple(actor, key, fc.array(expireAt, { minLength: 1, maxLength: 3 }))
    .map(([a, name, expiries]) => [
      step(a, call("SET", name, "1")),
      step(a, call("EXPIREAT", name, "33177117420")),
      ...expiries.map(([seconds, condition]) =>
        step(a, { ...call("EXPIREAT", name, seconds, condition), options: [condition] }),
      ),
    ]);
}

/** A transaction of a few commands, most of them good. */
function transaction(
  actor: fc.Arbitrary<number>,
  any: fc.Arbitrary<Invocation>,
): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      fc.array(any, { minLength: 0, maxLength: 4 }),
      fc.constantFrom("EXEC", "EXEC", "DISCARD"),
    )
    .map(([a, queued, end]) => [
      step(a, call("MULTI")),
      ...queued.map((invocation) => step(a, invocation)),
      step(a, call(end)),
    ]);
}

/** How many commands a tour has. */
const TOUR_LENGTH = 60;

/**
 * A run for one command: itself, right and wrong, among writes that give it something to meet.
 *
 * What chance reaches only now and then among all commands, a tour reaches every time.
 */
export function tour(entry: CommandEntry, protocol: 2 | 3): fc.Arbitrary<Sequence> {
  const text = pick([6, value], [3, borderInteger], [1, fc.constant("")]);
  const write = fc.tuple(key, text).map(([name, written]) => call("SET", name, written));
  const invocation = pick<Invocation>(
    [12, entry.arbitrary],
    [4, entry.wrong ?? entry.arbitrary],
    [4, write],
  );
  return fc
    .noBias(fc.array(invocation, { minLength: TOUR_LENGTH, maxLength: TOUR_LENGTH, size: "max" }))
    .map((list) => ({ protocols: [protocol], steps: list.map((one) => step(0, one)) }));
}

/** What a session has gathered, RESET, and what is left of it. */
function resetting(actor: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyArray<Step>> {
  const gathered = [
    call("SELECT", "1"),
    call("CLIENT|REPLY", "off"),
    call("CLIENT|REPLY", "skip"),
    call("CLIENT|SETNAME", "worker"),
    call("HELLO", "3"),
    call("WATCH", "a"),
    call("MULTI"),
  ];
  const left = [
    call("CLIENT|GETNAME"),
    call("GET", "nothing"),
    call("SET", "a", "1"),
    call("EXEC"),
  ];
  return fc
    .tuple(
      actor,
      fc.array(fc.constantFrom(...gathered), { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom(...left), { minLength: 1, maxLength: 3 }),
    )
    .map(([a, before, after]) =>
      [...before, call("RESET"), ...after].map((invocation) => step(a, invocation)),
    );
}

/** A session that must authenticate, what it asks before it has, and how it does. */
function locked(actor: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyArray<Step>> {
  const asked = [
    call("HELLO"),
    call("HELLO", "3"),
    call("HELLO", "3", "SETNAME", "worker"),
    call("GET", "a"),
    call("MULTI"),
    call("AUTH", "wrong"),
  ];
  const unlocking = [
    call("AUTH", PASSWORD),
    call("AUTH", "default", PASSWORD),
    call("HELLO", "2", "AUTH", "default", PASSWORD),
    call("HELLO", "3", "AUTH", "default", PASSWORD, "SETNAME", "worker"),
  ];
  return fc
    .tuple(
      actor,
      fc.array(fc.constantFrom(...asked), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...unlocking),
      fc.boolean(),
    )
    .map(([a, before, unlock, opens]) =>
      [
        call("CONFIG|SET", "requirepass", PASSWORD),
        call("RESET"),
        ...before,
        unlock,
        ...(opens ? [call("CONFIG|SET", "requirepass", "")] : []),
      ].map((invocation) => step(a, invocation)),
    );
}

/** LCS of two texts that have much in common. */
function commonTexts(actor: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyArray<Step>> {
  const options = fc.constantFrom([], ["IDX"], ["LEN"], ["IDX", "WITHMATCHLEN"]);
  return fc
    .tuple(actor, similarText, similarText, options)
    .map(([a, one, other, chosen]) => [
      step(a, call("MSET", "a", one, "b", other)),
      step(a, { ...call("LCS", "a", "b", ...chosen), options: chosen }),
    ]);
}

/** Steps that belong together; only where the command that they are about is drawn at all. */
type Scenario = readonly [
  weight: number,
  steps: fc.Arbitrary<ReadonlyArray<Step>>,
  command: string,
];

/** Runs of about `length` steps over one to three connections in RESP2 or RESP3. */
export function sequences(options: SequenceOptions): fc.Arbitrary<Sequence> {
  const { commands = commandTable } = options;
  const any = anyCommand(commands);
  const protocol = fc.constantFrom<2 | 3>(...(options.protocols ?? [2, 3]));
  return fc.integer({ min: 1, max: 3 }).chain((connections) => {
    const actor = fc.nat({ max: connections - 1 });
    const single = fc.tuple(actor, any).map(([a, invocation]) => [step(a, invocation)]);
    const gone = actor.map((a): ReadonlyArray<Step> => [{ _tag: "Disconnect", connection: a }]);
    const scenarios: ReadonlyArray<Scenario> = [
      [4, watchConflict(actor, any), "WATCH"],
      [3, watched(actor), "WATCH"],
      [2, transaction(actor, any), "MULTI"],
      [1, expiry(actor, any), "PEXPIRE"],
      [1, conditions(actor), "EXPIREAT"],
      [1, resetting(actor), "RESET"],
      [1, commonTexts(actor), "LCS"],
      [1, locked(actor), "AUTH"],
    ];
    const drawn = new Set(commands.map((entry) => entry.name));
    const piece = pick<ReadonlyArray<Step>>(
      [60, single],
      ...scenarios
        .filter(([, , command]) => drawn.has(command))
        .map(([weight, steps]): [number, typeof steps] => [weight, steps]),
      [1, gone],
    );
    return fc
      .tuple(
        fc.array(protocol, { minLength: connections, maxLength: connections }),
        fc.array(piece, { minLength: 1, maxLength: options.length, size: "max" }),
      )
      .map(([protocols, pieces]) => ({ protocols, steps: pieces.flat() }));
  });
}
