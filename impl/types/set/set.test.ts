import { expect, test } from "vitest";
import { Keyspace } from "../../engine/keyspace.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { encodingName, verifyValues } from "../index.ts";
import { rootedValues } from "../rooted.ts";
import { setType } from "./index.ts";
import { setsOf } from "./sets.ts";

const KEY = Buffer.from("key");
const SET = 2;
const INTSET = 11;

/** What RDB files hold of a set: its members, and how many they are said to be. */
function membersOf(members: readonly string[], count = members.length): Uint8Array {
  const writer = new RdbWriter();
  writer.length(count);
  for (const member of members) writer.textString(member);
  return writer.bytes();
}

/** An intset of integers of 16 bits, in that order. */
function intsetOf(integers: readonly number[], count = integers.length): Uint8Array {
  const bytes = Buffer.alloc(8 + integers.length * 2);
  bytes.writeUInt32LE(2, 0);
  bytes.writeUInt32LE(count, 4);
  for (const [i, integer] of integers.entries()) bytes.writeInt16LE(integer, 8 + i * 2);
  const writer = new RdbWriter();
  writer.string(bytes, 0, bytes.length);
  return writer.bytes();
}

/** Loads bytes: the encoding that the set has then, or what is damaged. */
function load(rdbType: number, bytes: Uint8Array): string | null {
  const keyspace = new Keyspace({ hashKey: [1, 2], rooted: rootedValues });
  const reader = new RdbReader(bytes);
  const ref = setType.load(reader, rdbType, keyspace, KEY, 0, KEY.length);
  verifyValues(keyspace);
  keyspace.verifyInvariants();
  expect(keyspace.size).toBe(ref === 0 ? 0 : 1);
  expect(ref === 0).toBe(reader.damage !== null);
  return ref === 0 ? reader.damage : encodingName(keyspace, ref);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test("what is loaded is held as Redis would hold it", () => {
  expect(load(SET, membersOf(["1", "2"]))).toBe("intset");
  expect(load(SET, membersOf(["1", "a"]))).toBe("hashtable");
  expect(load(SET, membersOf(upTo(513).map(String)))).toBe("hashtable");
  expect(load(INTSET, intsetOf(upTo(512)))).toBe("intset");
  expect(load(INTSET, intsetOf(upTo(513)))).toBe("hashtable");
});

test("what is no set is refused", () => {
  expect(load(SET, membersOf([]))).toBe("a value without elements");
  expect(load(SET, membersOf(["a", "b", "a"]))).toBe("a member twice");
  expect(load(SET, membersOf(["1", "2", "1"]))).toBe("a member twice");
  expect(load(SET, membersOf(["a"], 2 ** 40))).toBe("the bytes end early");
  const noIntset = "no intset, or an empty one";
  expect(load(INTSET, intsetOf([]))).toBe(noIntset);
  expect(load(INTSET, intsetOf([2, 1]))).toBe(noIntset);
  expect(load(INTSET, intsetOf([1, 1]))).toBe(noIntset);
  expect(load(INTSET, intsetOf([1, 2], 3))).toBe(noIntset);
});

test("a large set that goes is freed bit by bit, and the rest can be visited meanwhile", () => {
  const keyspace = new Keyspace({ hashKey: [1, 2], segmentBytes: 65_536, rooted: rootedValues });
  const { builder } = setsOf(keyspace);
  const empty = keyspace.usedBytes;
  builder.start();
  for (const i of upTo(3000)) {
    const member = Buffer.from(`member:${i}`);
    builder.add(member, 0, member.length);
  }
  keyspace.remove(builder.store(keyspace, KEY, 0, KEY.length));
  let steps = 0;
  while (keyspace.reclaim(64) === 0) {
    steps++;
    keyspace.verifyInvariants();
  }
  expect(steps).toBeGreaterThan(30);
  expect(keyspace.usedBytes).toBe(empty);
});
