import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import type { KeyEvent } from "../../session/key-events.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import { type Sets, setsOf } from "../../types/set/sets.ts";
import { behind, integer, KEYS, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { SET_EVENT } from "./events.ts";
import { READ_ALL, SET, STORING, storingKeys } from "./facts.ts";
import { replyMember, storeBuilt } from "./lookup.ts";

/** What SINTER, SUNION and SDIFF have in common. */
const SHOWING = {
  ...SET,
  arity: -2,
  flags: ["readonly"],
  keySpecs: READ_ALL,
  tips: ["nondeterministic_output_order"],
  since: "1.0.0",
  arguments: [KEYS],
} as const;

/** What their forms that store the result have in common. */
const STORED = {
  ...SET,
  arity: -3,
  flags: ["write", "denyoom"],
  keySpecs: storingKeys("OW"),
  since: "1.0.0",
  arguments: STORING,
} as const;

const INTERSECTION_COST = "O(N*M) in the members of the smallest set and the number of sets";
const UNION_COST = "O(N) in the members of all sets";

/** SINTER: what is in all of several sets. */
export const SINTER: Command = {
  ...SHOWING,
  name: "sinter",
  complexity: INTERSECTION_COST,
  summary: "Lists what several sets have in common",
  handler: sinter,
};

function sinter(call: Call): void {
  const { reply, request } = call;
  const refs = setsAt(call, 1, request.argc);
  if (refs === null) return;
  const mark = reply.length;
  const sets = setsOf(call.keyspace);
  let count = 0;
  intersect(call, sets, refs, () => {
    replyMember(call, sets.view);
    count++;
    return true;
  });
  reply.setFrom(mark, count);
}

/** SINTERSTORE: SINTER into a key. */
export const SINTERSTORE: Command = {
  ...STORED,
  name: "sinterstore",
  keySpecs: storingKeys("RW"),
  complexity: INTERSECTION_COST,
  summary: "Stores what several sets have in common",
  handler: sinterstore,
};

function sinterstore(call: Call): void {
  store(call, SET_EVENT.sinterstore, (sets, refs) => {
    sets.builder.start();
    intersect(call, sets, refs, () => sets.builder.addMemberOf(sets.view));
  });
}

/** SINTERCARD: how many members SINTER would list. */
export const SINTERCARD: Command = {
  ...SET,
  name: "sintercard",
  arity: -3,
  flags: ["readonly", "movablekeys"],
  keySpecs: [
    {
      flags: ["RO", "access"],
      begin: { type: "index", index: 1 },
      find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 1 },
    },
  ],
  since: "7.0.0",
  complexity: INTERSECTION_COST,
  summary: "Counts what several sets have in common",
  arguments: [integer("numkeys"), KEYS, optional(behind("LIMIT", integer("limit")))],
  handler: sintercard,
};

function sintercard(call: Call): void {
  const { reply, request } = call;
  const keys = integerArgument(call, 1, NO_KEYS);
  if (keys === null) return;
  if (keys < 1) {
    reply.error(NO_KEYS);
    return;
  }
  if (keys > request.argc - 2) {
    reply.error("ERR Number of keys can't be greater than number of args");
    return;
  }
  const end = 2 + Number(keys);
  const limit = limitArgument(call, end);
  if (limit === null) return;
  const refs = setsAt(call, 2, end);
  if (refs === null) return;
  let count = 0;
  intersect(call, setsOf(call.keyspace), refs, () => ++count !== limit);
  reply.integer(count);
}

const NO_KEYS = "ERR numkeys should be greater than 0";
const NEGATIVE_LIMIT = "ERR LIMIT can't be negative";

/** `LIMIT limit` from argument `from` on: 0 without one; null, with the error replied, when it is wrong. */
function limitArgument(call: Call, from: number): number | null {
  const { reply, request } = call;
  let limit = 0;
  for (let i = from; i < request.argc; i += 2) {
    if (!request.is(i, "limit") || i + 1 === request.argc) {
      reply.error(ERR.syntax);
      return null;
    }
    const given = integerArgument(call, i + 1, NEGATIVE_LIMIT);
    if (given === null) return null;
    if (given < 0) {
      reply.error(NEGATIVE_LIMIT);
      return null;
    }
    limit = Number(given);
  }
  return limit;
}

/** SUNION: what is in any of several sets. */
export const SUNION: Command = {
  ...SHOWING,
  name: "sunion",
  complexity: UNION_COST,
  summary: "Lists what is in any of several sets",
  handler: sunion,
};

function sunion(call: Call): void {
  const { reply, request } = call;
  const refs = setsAt(call, 1, request.argc);
  if (refs === null) return;
  const sets = setsOf(call.keyspace);
  const { builder } = sets;
  unite(call, sets, refs);
  const all = builder.read(sets.view);
  reply.set(all.length);
  for (all.rewind(); all.next(); ) replyMember(call, all);
  builder.discard();
}

/** SUNIONSTORE: SUNION into a key. */
export const SUNIONSTORE: Command = {
  ...STORED,
  name: "sunionstore",
  complexity: UNION_COST,
  summary: "Stores what is in any of several sets",
  handler: sunionstore,
};

function sunionstore(call: Call): void {
  store(call, SET_EVENT.sunionstore, (sets, refs) => unite(call, sets, refs));
}

/** SDIFF: what is in the first of several sets and in no other. */
export const SDIFF: Command = {
  ...SHOWING,
  name: "sdiff",
  complexity: UNION_COST,
  summary: "Lists what is in the first of several sets and in no other",
  handler: sdiff,
};

function sdiff(call: Call): void {
  const { reply, request } = call;
  const refs = setsAt(call, 1, request.argc);
  if (refs === null) return;
  const mark = reply.length;
  const sets = setsOf(call.keyspace);
  let count = 0;
  subtract(call, sets, refs, () => {
    replyMember(call, sets.view);
    count++;
  });
  reply.setFrom(mark, count);
}

/** SDIFFSTORE: SDIFF into a key. */
export const SDIFFSTORE: Command = {
  ...STORED,
  name: "sdiffstore",
  complexity: UNION_COST,
  summary: "Stores what is in the first of several sets and in no other",
  handler: sdiffstore,
};

function sdiffstore(call: Call): void {
  store(call, SET_EVENT.sdiffstore, (sets, refs) => {
    if (isThinned(call, sets, refs)) sets.builder.startTable();
    else sets.builder.start();
    subtract(call, sets, refs, () => void sets.builder.addMemberOf(sets.view));
  });
}

/**
 * The sets of the keys from argument `from` to before `end`, 0 where there is none.
 *
 * @returns null, with the error replied, when one holds another type
 */
function setsAt(call: Call, from: number, end: number): EntryRef[] | null {
  const refs: EntryRef[] = [];
  for (let i = from; i < end; i++) {
    const ref = call.readOf(SET_TYPE, i);
    if (ref === WRONG_TYPE) return null;
    refs.push(ref);
  }
  return refs;
}

/** Stores what `build` builds under argument 1's key, which goes when that is nothing. */
function store(
  call: Call,
  event: KeyEvent,
  build: (sets: Sets, refs: readonly EntryRef[]) => void,
): void {
  const refs = setsAt(call, 2, call.request.argc);
  if (refs === null) return;
  const sets = setsOf(call.keyspace);
  const { builder } = sets;
  try {
    build(sets, refs);
  } catch (error) {
    builder.discard();
    throw error;
  }
  const { length } = builder;
  if (length > 0) {
    storeBuilt(call, 1, builder);
    call.changed(1, event);
  } else {
    builder.discard();
    call.removeDestination(1);
  }
  call.reply.integer(length);
}

/**
 * Meets every member of an intersection: `sets.view` has read it.
 *
 * @param meet false ends it
 */
function intersect(call: Call, sets: Sets, refs: readonly EntryRef[], meet: () => boolean): void {
  const { keyspace } = call;
  const { view, other } = sets;
  if (refs.includes(0)) return;
  const lengths = new Map(refs.map((ref) => [ref, view.open(keyspace, ref).length]));
  const [smallest, ...more] = [...lengths].sort(([, a], [, b]) => a - b).map(([ref]) => ref);
  view.open(keyspace, smallest!);
  if (more.length === 1) other.open(keyspace, more[0]!);
  for (view.rewind(); view.next(); ) {
    if (isInAll(call, sets, more) && !meet()) return;
  }
}

/** Whether all of `refs` have the member that `sets.view` has read; a single one is open. */
function isInAll({ keyspace }: Call, { view, other }: Sets, refs: readonly EntryRef[]): boolean {
  if (refs.length === 1) return other.hasMemberOf(view);
  for (const ref of refs) if (!other.open(keyspace, ref).hasMemberOf(view)) return false;
  return true;
}

/** Builds a union. @throws OutOfMemory, nothing being built */
function unite(call: Call, { builder, view }: Sets, refs: readonly EntryRef[]): void {
  builder.start();
  try {
    for (const ref of refs) {
      if (ref === 0) continue;
      view.open(call.keyspace, ref);
      for (view.rewind(); view.next(); ) builder.addMemberOf(view);
    }
  } catch (error) {
    builder.discard();
    throw error;
  }
}

/** Meets every member of a difference: `sets.view` has read it. */
function subtract(call: Call, sets: Sets, refs: readonly EntryRef[], meet: () => void): void {
  const { keyspace } = call;
  const { view, other } = sets;
  const [first, ...others] = refs;
  const more = others.filter((ref) => ref !== 0);
  if (first === 0 || first === undefined || more.includes(first)) return;
  view.open(keyspace, first);
  if (more.length === 1) other.open(keyspace, more[0]!);
  for (view.rewind(); view.next(); ) if (!isInAny(call, sets, more)) meet();
}

/** Whether any of `refs` has the member that `sets.view` has read; a single one is open. */
function isInAny({ keyspace }: Call, { view, other }: Sets, refs: readonly EntryRef[]): boolean {
  if (refs.length === 1) return other.hasMemberOf(view);
  for (const ref of refs) if (other.open(keyspace, ref).hasMemberOf(view)) return true;
  return false;
}

/**
 * Where the first set is large beside the others, Redis takes what is in the others out of a copy
 * of it, which has become a table if it had to be one.
 */
function isThinned({ keyspace }: Call, { view }: Sets, refs: readonly EntryRef[]): boolean {
  const [first] = refs;
  if (first === 0 || first === undefined) return false;
  const present = refs.filter((ref) => ref !== 0);
  let removals = 0;
  for (const ref of present) removals += view.open(keyspace, ref).length;
  const probes = Math.floor((view.open(keyspace, first).length * present.length) / 2);
  return probes > removals && view.needsTable();
}
