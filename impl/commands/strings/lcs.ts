import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { ReplyWriter } from "../../resp/reply.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { behind, flag, integer, KEY, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { STRING } from "./facts.ts";

interface LcsOptions {
  length: boolean;
  indexes: boolean;
  withMatchLength: boolean;
  minMatchLength: number;
}

/** A run of bytes that both strings have: first and last index in each. */
interface Match {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

const EMPTY = new Uint8Array(0);
const CELL_BYTES = 4;

/** LCS: the longest common subsequence of two strings, its length, or where it lies. */
export const LCS: Command = {
  ...STRING,
  name: "lcs",
  arity: -3,
  flags: ["readonly"],
  keySpecs: [keyRange(["RO", "access"], 1, 1, 1)],
  since: "7.0.0",
  complexity: "O(N*M) in the lengths of the two strings",
  summary: "Finds the longest common subsequence of two strings",
  arguments: [
    { ...KEY, name: "key1" },
    { ...KEY, name: "key2" },
    optional(flag("len")),
    optional(flag("idx")),
    optional(behind("MINMATCHLEN", integer("len"))),
    optional(flag("withmatchlen")),
  ],
  handler: lcs,
};

function lcs(call: Call): void {
  const { instance, reply } = call;
  const first = call.lookupRead(1);
  const second = call.lookupRead(2);
  if (!isStringOrAbsent(call, first) || !isStringOrAbsent(call, second)) {
    reply.error("ERR The specified keys must contain string values");
    return;
  }
  const options = lcsOptions(call);
  if (options === null) return;
  const a = stringOf(call, first);
  const b = stringOf(call, second);
  if ((a.length + 1) * (b.length + 1) * CELL_BYTES > instance.settings.maxBulkBytes) {
    reply.error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    return;
  }
  if (options.length) {
    reply.integer(lengthOf(a, b));
    return;
  }
  const table = tableOf(a, b);
  if (options.indexes) replyMatches(reply, table, a, b, options);
  else replySubsequence(reply, table, a, b);
}

function isStringOrAbsent(call: Call, ref: EntryRef): boolean {
  return ref === 0 || call.keyspace.type(ref) === STRING_TYPE;
}

function stringOf(call: Call, ref: EntryRef): Uint8Array {
  if (ref === 0) return EMPTY;
  const keyspace = call.keyspace;
  const offset = keyspace.valueOffset(ref);
  return keyspace.bytes(ref).subarray(offset, offset + keyspace.valueLength(ref));
}

/** @returns null, with the error replied, when the options are invalid */
function lcsOptions(call: Call): LcsOptions | null {
  const { request, reply } = call;
  const options = { length: false, indexes: false, withMatchLength: false, minMatchLength: 0 };
  for (let i = 3; i < request.argc; i++) {
    if (request.is(i, "idx")) options.indexes = true;
    else if (request.is(i, "len")) options.length = true;
    else if (request.is(i, "withmatchlen")) options.withMatchLength = true;
    else if (request.is(i, "minmatchlen") && i + 1 < request.argc) {
      const length = integerArgument(call, ++i);
      if (length === null) return null;
      options.minMatchLength = Math.max(0, Number(length));
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  if (options.length && options.indexes) {
    reply.error("ERR If you want both the length and indexes, please just use IDX.");
    return null;
  }
  return options;
}

/** The length of the longest common subsequence, with two rows of the table at a time. */
function lengthOf(a: Uint8Array, b: Uint8Array): number {
  let above = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      row[j] = a[i - 1] === b[j - 1] ? above[j - 1]! + 1 : Math.max(above[j]!, row[j - 1]!);
    }
    [above, row] = [row, above];
  }
  return above[b.length]!;
}

/** The lengths for every pair of prefixes: `table[i * (b.length + 1) + j]`. */
function tableOf(a: Uint8Array, b: Uint8Array): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    const row = i * width;
    const above = row - width;
    for (let j = 1; j <= b.length; j++) {
      table[row + j] =
        a[i - 1] === b[j - 1]
          ? table[above + j - 1]! + 1
          : Math.max(table[above + j]!, table[row + j - 1]!);
    }
  }
  return table;
}

/** Visits the pairs of equal bytes that make up one subsequence, last first, in Redis' order. */
function walk(
  table: Uint32Array,
  a: Uint8Array,
  b: Uint8Array,
  visit: (i: number, j: number) => void,
): void {
  const width = b.length + 1;
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      i--;
      j--;
      visit(i, j);
    } else if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) {
      i--;
    } else {
      j--;
    }
  }
}

function replySubsequence(
  reply: ReplyWriter,
  table: Uint32Array,
  a: Uint8Array,
  b: Uint8Array,
): void {
  let at = table[table.length - 1]!;
  const bytes = new Uint8Array(at);
  walk(table, a, b, (i) => {
    bytes[--at] = a[i]!;
  });
  if (CHECKED) assert(at === 0, "the subsequence is as long as the table says");
  reply.bulk(bytes, 0, bytes.length);
}

function replyMatches(
  reply: ReplyWriter,
  table: Uint32Array,
  a: Uint8Array,
  b: Uint8Array,
  options: LcsOptions,
): void {
  const matches = matchesOf(table, a, b).filter(
    (match) => match.a[1] - match.a[0] + 1 >= options.minMatchLength,
  );
  reply.map(2);
  reply.bulkText("matches");
  reply.array(matches.length);
  for (const match of matches) {
    reply.array(options.withMatchLength ? 3 : 2);
    for (const [first, last] of [match.a, match.b]) {
      reply.array(2);
      reply.integer(first);
      reply.integer(last);
    }
    if (options.withMatchLength) reply.integer(match.a[1] - match.a[0] + 1);
  }
  reply.bulkText("len");
  reply.integer(table[table.length - 1]!);
}

/** The runs of the subsequence, last first. */
function matchesOf(table: Uint32Array, a: Uint8Array, b: Uint8Array): Match[] {
  const matches: Match[] = [];
  walk(table, a, b, (i, j) => {
    const last = matches.at(-1);
    if (last !== undefined && last.a[0] === i + 1 && last.b[0] === j + 1) {
      matches[matches.length - 1] = { a: [i, last.a[1]], b: [j, last.b[1]] };
    } else {
      matches.push({ a: [i, i], b: [j, j] });
    }
  });
  return matches;
}
