/** Unions, intersections and differences: https://redis.io/docs/latest/commands/zunion/ */
import { parseDoubleAt } from "../../engine/doubles.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, keyRange } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { KeyEvent } from "../../session/key-events.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import type { SortedSetBuilder } from "../../types/zset/builder.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { sortedSetView } from "../../types/zset/view.ts";
import { behind, countedKeys, flag, integer, KEYS, oneOf, optional } from "../shared/arguments.ts";
import { atLeast, integerArgument } from "../shared/numbers.ts";
import { openPairs } from "../shared/pairs.ts";
import { ZSET_EVENT } from "./events.ts";
import { ZSET } from "./facts.ts";
import { InputReader } from "./input.ts";
import { replyMember, storeBuilt } from "./lookup.ts";

const NUMKEYS = integer("numkeys");
const WEIGHTS: Argument = {
  name: "weight",
  type: "integer",
  token: "WEIGHTS",
  flags: ["optional", "multiple"],
};
const AGGREGATE = optional(
  behind("AGGREGATE", oneOf("aggregate", flag("sum"), flag("min"), flag("max"))),
);
const WITH_SCORES = optional(flag("withscores"));

/** What the commands that reply their result have in common. */
const LIST = {
  ...ZSET,
  arity: -3,
  flags: ["readonly", "movablekeys"],
  keySpecs: countedKeys(1, "RO", "access"),
} as const;

/** ZUNION: what is in any of several sorted sets. */
export const ZUNION: Command = {
  ...LIST,
  name: "zunion",
  since: "6.2.0",
  complexity: "O(N)+O(M*log(M)) in the members of all inputs and those of the result",
  summary: "Lists the members of several sorted sets, with their scores combined",
  arguments: [NUMKEYS, KEYS, WEIGHTS, AGGREGATE, WITH_SCORES],
  handler: (call) => list(call, "union"),
};

/** ZINTER: what is in each of several sorted sets. */
export const ZINTER: Command = {
  ...LIST,
  name: "zinter",
  since: "6.2.0",
  complexity: "O(N*K)+O(M*log(M)) in the smallest input, the inputs and the result",
  summary: "Lists the members that several sorted sets share, with their scores combined",
  arguments: [NUMKEYS, KEYS, WEIGHTS, AGGREGATE, WITH_SCORES],
  handler: (call) => list(call, "inter"),
};

/** ZDIFF: what is in the first of several sorted sets and in no other. */
export const ZDIFF: Command = {
  ...LIST,
  name: "zdiff",
  since: "6.2.0",
  complexity: "O(N*K)+O(M*log(M)) in the first input, the inputs and the result",
  summary: "Lists the members of a sorted set that others do not have",
  arguments: [NUMKEYS, KEYS, WITH_SCORES],
  handler: (call) => list(call, "diff"),
};

/** ZINTERCARD: how many members several sorted sets share. */
export const ZINTERCARD: Command = {
  ...LIST,
  name: "zintercard",
  since: "7.0.0",
  complexity: "O(N*K) in the smallest input and the inputs",
  summary: "Counts the members that several sorted sets share",
  arguments: [NUMKEYS, KEYS, optional(behind("LIMIT", integer("limit")))],
  handler: zintercard,
};

const DESTINATION: Argument = { name: "destination", type: "key", keySpecIndex: 0 };
const SOURCES: Argument = { ...KEYS, keySpecIndex: 1 };

/** What the commands that store their result have in common. */
const STORE = {
  ...ZSET,
  arity: -4,
  flags: ["write", "denyoom", "movablekeys"],
  keySpecs: [keyRange(["OW", "update"], 1, 0, 1), ...countedKeys(2, "RO", "access")],
} as const;

/** ZUNIONSTORE: ZUNION into a key. */
export const ZUNIONSTORE: Command = {
  ...STORE,
  name: "zunionstore",
  since: "2.0.0",
  complexity: "O(N)+O(M*log(M)) in the members of all inputs and those of the result",
  summary: "Stores the members of several sorted sets, with their scores combined",
  arguments: [DESTINATION, NUMKEYS, SOURCES, WEIGHTS, AGGREGATE],
  handler: (call) => store(call, "union", ZSET_EVENT.zunionstore),
};

/** ZINTERSTORE: ZINTER into a key. */
export const ZINTERSTORE: Command = {
  ...STORE,
  name: "zinterstore",
  since: "2.0.0",
  complexity: "O(N*K)+O(M*log(M)) in the smallest input, the inputs and the result",
  summary: "Stores the members that several sorted sets share, with their scores combined",
  arguments: [DESTINATION, NUMKEYS, SOURCES, WEIGHTS, AGGREGATE],
  handler: (call) => store(call, "inter", ZSET_EVENT.zinterstore),
};

/** ZDIFFSTORE: ZDIFF into a key. */
export const ZDIFFSTORE: Command = {
  ...STORE,
  name: "zdiffstore",
  since: "6.2.0",
  complexity: "O(N*K)+O(M*log(M)) in the first input, the inputs and the result",
  summary: "Stores the members of a sorted set that others do not have",
  arguments: [DESTINATION, NUMKEYS, SOURCES],
  handler: (call) => store(call, "diff", ZSET_EVENT.zdiffstore),
};

type Operation = "union" | "inter" | "diff";
type Aggregate = "sum" | "min" | "max";
/** What becomes of the result. */
type Use = "list" | "store" | "count";

/** A sorted set or a set that is combined with others; one that is absent has no members. */
interface Input {
  readonly ref: EntryRef;
  readonly length: number;
  weight: number;
}

interface Wanted {
  readonly inputs: Input[];
  aggregate: Aggregate;
  withScores: boolean;
  /** 0 is none. */
  limit: number;
}

/**
 * Reads the arguments from the number of keys on, which is argument `i`.
 *
 * @returns null, with the error replied, when they are wrong
 */
function readWanted(call: Call, i: number, operation: Operation, use: Use): Wanted | null {
  const { request, reply } = call;
  const given = integerArgument(call, i);
  if (given === null) return null;
  if (given < 1) {
    reply.error(`ERR at least 1 input key is needed for '${call.record.fullName}' command`);
    return null;
  }
  if (given > request.argc - i - 1) {
    reply.error(ERR.syntax);
    return null;
  }
  const keys = Number(given);
  const inputs: Input[] = [];
  for (let k = i + 1; k <= i + keys; k++) {
    const input = inputAt(call, k);
    if (input === null) return null;
    inputs.push(input);
  }
  const wanted: Wanted = { inputs, aggregate: "sum", withScores: false, limit: 0 };
  return readOptions(call, i + 1 + keys, operation, use, wanted) ? wanted : null;
}

/** The sorted set or set of argument `i`'s key; null, with the error replied, when it is neither. */
function inputAt(call: Call, i: number): Input | null {
  const { keyspace } = call;
  const ref = call.lookupRead(i);
  if (ref === 0) return { ref, length: 0, weight: 1 };
  const type = keyspace.type(ref);
  if (type === ZSET_TYPE || type === SET_TYPE) {
    const [reader] = InputReader.two(keyspace);
    return { ref, length: reader.open(ref), weight: 1 };
  }
  call.reply.error(ERR.wrongType);
  return null;
}

function readOptions(
  call: Call,
  from: number,
  operation: Operation,
  use: Use,
  wanted: Wanted,
): boolean {
  const { request, reply } = call;
  const weighs = operation !== "diff" && use !== "count";
  const keys = wanted.inputs.length;
  for (let i = from; i < request.argc; i++) {
    const left = request.argc - i - 1;
    if (weighs && left >= keys && request.is(i, "weights")) {
      for (const input of wanted.inputs) {
        const weight = weightArgument(call, ++i);
        if (weight === null) return false;
        input.weight = weight;
      }
    } else if (weighs && left >= 1 && request.is(i, "aggregate")) {
      const aggregate = aggregateArgument(call, ++i);
      if (aggregate === null) return false;
      wanted.aggregate = aggregate;
    } else if (use === "list" && request.is(i, "withscores")) {
      wanted.withScores = true;
    } else if (use === "count" && left >= 1 && request.is(i, "limit")) {
      const limit = atLeast(call, ++i, 0, "ERR LIMIT can't be negative");
      if (limit === null) return false;
      wanted.limit = limit;
    } else {
      reply.error(ERR.syntax);
      return false;
    }
  }
  return true;
}

function weightArgument({ request, reply }: Call, i: number): number | null {
  const weight = parseDoubleAt(request.bytes, request.offsets[i]!, request.lengths[i]!);
  if (!Number.isNaN(weight)) return weight;
  reply.error("ERR weight value is not a float");
  return null;
}

function aggregateArgument({ request, reply }: Call, i: number): Aggregate | null {
  if (request.is(i, "sum")) return "sum";
  if (request.is(i, "min")) return "min";
  if (request.is(i, "max")) return "max";
  reply.error(ERR.syntax);
  return null;
}

/** Opposite infinities add up to 0; not a number changes neither a minimum nor a maximum. */
function combined(a: number, b: number, aggregate: Aggregate): number {
  if (aggregate === "sum") return orZero(a + b);
  const isBetter = aggregate === "min" ? b < a : b > a;
  return isBetter ? b : a;
}

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

/** The result, as members of a builder that is begun here. @throws OutOfMemory, everything being abandoned */
function build(call: Call, operation: Operation, wanted: Wanted): SortedSetBuilder {
  const { builder } = sortedSetView(call.keyspace);
  builder.begin();
  if (operation === "diff") difference(call, builder, wanted.inputs);
  else {
    // Sums are rounded: the order is Redis', the smallest first.
    wanted.inputs.sort((a, b) => a.length - b.length);
    if (operation === "union") union(call, builder, wanted);
    else
      intersection(call, wanted, ({ nameBytes, nameOffset, nameLength }, score) => {
        builder.add(nameBytes, nameOffset, nameLength, score);
        return true;
      });
  }
  return builder;
}

function union({ keyspace }: Call, builder: SortedSetBuilder, wanted: Wanted): void {
  const [input] = InputReader.two(keyspace);
  for (const { ref, length, weight } of wanted.inputs) {
    if (length === 0) continue;
    input.open(ref);
    for (input.begin(); input.next(); ) {
      const score = orZero(input.score * weight);
      if (builder.add(input.nameBytes, input.nameOffset, input.nameLength, score)) continue;
      const before = builder.score;
      const after = combined(before, score, wanted.aggregate);
      if (!Object.is(before, after)) builder.put(after);
    }
  }
}

/** Visits what all inputs share, with its score, until the visitor says false. */
function intersection(
  { keyspace }: Call,
  { inputs, aggregate }: Wanted,
  visit: (shared: InputReader, score: number) => boolean,
): void {
  const [smallest, ...others] = inputs;
  if (smallest === undefined || smallest.length === 0) return;
  const [input, other] = InputReader.two(keyspace);
  input.open(smallest.ref);
  members: for (input.begin(); input.next(); ) {
    let score = orZero(input.score * smallest.weight);
    for (const { ref, weight } of others) {
      other.open(ref);
      if (!other.find(input.nameBytes, input.nameOffset, input.nameLength)) continue members;
      score = combined(score, other.score * weight, aggregate);
    }
    if (!visit(input, score)) return;
  }
}

function difference({ keyspace }: Call, builder: SortedSetBuilder, inputs: Input[]): void {
  const [first, ...rest] = inputs;
  if (first === undefined || first.length === 0) return;
  const [input, other] = InputReader.two(keyspace);
  input.open(first.ref);
  const others = rest.filter(({ length }) => length > 0);
  members: for (input.begin(); input.next(); ) {
    const { nameBytes, nameOffset, nameLength, score } = input;
    for (const { ref } of others) {
      other.open(ref);
      if (other.find(nameBytes, nameOffset, nameLength)) continue members;
    }
    builder.add(nameBytes, nameOffset, nameLength, score);
  }
}

function list(call: Call, operation: Operation): void {
  const wanted = readWanted(call, 1, operation, "list");
  if (wanted === null) return;
  const builder = build(call, operation, wanted);
  openPairs(call, builder.length, wanted.withScores);
  for (let more = builder.first(); more; more = builder.next()) {
    replyMember(call, builder, wanted.withScores);
  }
  builder.abandon();
}

function store(call: Call, operation: Operation, event: KeyEvent): void {
  const wanted = readWanted(call, 2, operation, "store");
  if (wanted === null) return;
  storeBuilt(call, build(call, operation, wanted), event);
}

function zintercard(call: Call): void {
  const wanted = readWanted(call, 1, "inter", "count");
  if (wanted === null) return;
  wanted.inputs.sort((a, b) => a.length - b.length);
  let count = 0;
  intersection(call, wanted, () => ++count !== wanted.limit);
  call.reply.integer(count);
}
