import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { EMPTY_VALUE, type RdbReader } from "../../rdb/reader.ts";
import type { List } from "../../structures/list.ts";
import { isCanonical, validateListpack } from "../../structures/listpack.ts";
import { LISTPACK, type PackedForm, ZIPLIST } from "../../structures/packed-form.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import { dropList, listViews, PACKED_KIND, PACKED_MOST_BYTES, TREE_KIND } from "./view.ts";

/** The type byte of a list in RDB files: nodes of a quicklist. */
export const RDB_QUICKLIST_2 = 18;
/** Before Redis 3.2: elements one by one, or a ziplist of them; before 7.0 nodes that are ziplists. */
const RDB_LIST = 1;
const RDB_LIST_ZIPLIST = 10;
const RDB_QUICKLIST = 14;
/** The type bytes that are read. */
export const LIST_FORMS = [RDB_LIST, RDB_LIST_ZIPLIST, RDB_QUICKLIST, RDB_QUICKLIST_2];

/** What a node of Redis' quicklist holds: one element as it is, or a listpack. */
const PLAIN_NODE = 1;
/** A listpack. */
export const PACKED_NODE = 2;

const value = new PackedValue();
const reading = new PackedReading();

/**
 * Reads nodes of a quicklist and gives a key that list. Throws OutOfMemory, changing nothing.
 *
 * @returns the key's entry; 0, nothing being changed, when the bytes are damaged
 */
export function loadList(
  reader: RdbReader,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  const nodes = reader.length();
  if (reader.damage !== null) return 0;
  if (nodes === 1) {
    const container = reader.length();
    reader.string();
    if (reader.damage !== null) return 0;
    if (container === PACKED_NODE && fitsEntry(reader)) {
      const { stringBytes, stringOffset, stringLength } = reader;
      return to.setBytes(
        key,
        keyOffset,
        keyLength,
        stringBytes,
        stringOffset,
        stringLength,
        PACKED_KIND,
        false,
      );
    }
    return loadTree(reader, to, key, keyOffset, keyLength, 1, container);
  }
  return loadTree(reader, to, key, keyOffset, keyLength, nodes, -1);
}

/** True when the node that was read is a listpack that an entry may hold as it is. */
function fitsEntry({ stringBytes, stringOffset, stringLength }: RdbReader): boolean {
  if (stringLength > PACKED_MOST_BYTES) return false;
  if (validateListpack(stringBytes, stringOffset, stringLength) <= 0) return false;
  return isCanonical(stringBytes, stringOffset, reading, value);
}

/**
 * Reads a list as Redis has written it before 7.0; as `loadList`.
 *
 * @param rdbType one of `LIST_FORMS` but the last
 */
export function loadOldList(
  reader: RdbReader,
  rdbType: number,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  const list = listViews.of(to).spare;
  return loaded(reader, to, key, keyOffset, keyLength, () => {
    const strings = rdbType === RDB_LIST_ZIPLIST ? 1 : reader.length();
    for (let i = 0; i < strings && reader.damage === null; i++) {
      reader.string();
      if (reader.damage !== null) return;
      if (rdbType === RDB_LIST) addElement(list, reader);
      else addPacked(list, reader, ZIPLIST);
    }
  });
}

/** @param container that of the first node, when it has been read already; else -1 */
function loadTree(
  reader: RdbReader,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
  nodes: number,
  container: number,
): EntryRef {
  const list = listViews.of(to).spare;
  return loaded(reader, to, key, keyOffset, keyLength, () => {
    if (container >= 0) addNode(list, reader, container);
    for (let i = container >= 0 ? 1 : 0; i < nodes && reader.damage === null; i++) {
      const next = reader.length();
      reader.string();
      if (reader.damage === null) addNode(list, reader, next);
    }
  });
}

/** Gives a key the list that `fill` puts into the spare one; 0 when there is damage. */
function loaded(
  reader: RdbReader,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
  fill: () => void,
): EntryRef {
  const list = listViews.of(to).spare;
  const root = list.create();
  try {
    fill();
    if (list.length === 0) reader.damaged(EMPTY_VALUE);
    if (reader.damage === null) {
      return to.setRoot(key, keyOffset, keyLength, root, TREE_KIND, false);
    }
  } catch (error) {
    dropList(list);
    throw error;
  }
  dropList(list);
  return 0;
}

/** Appends the node that was read. */
function addNode(list: List, reader: RdbReader, container: number): void {
  const { stringBytes: bytes, stringOffset: start, stringLength: length } = reader;
  if (container === PLAIN_NODE && length > 0) {
    addElement(list, reader);
  } else if (container !== PACKED_NODE) {
    reader.damaged(NO_NODE);
  } else if (
    validateListpack(bytes, start, length) > 0 &&
    isCanonical(bytes, start, reading, value)
  ) {
    list.appendListpack(bytes, start);
  } else {
    addPacked(list, reader, LISTPACK);
  }
}

const NO_NODE = "no node of a list";

/** Appends the string that was read. */
function addElement(list: List, { stringBytes, stringOffset, stringLength }: RdbReader): void {
  value.setText(stringBytes, stringOffset, stringLength);
  list.insert(list.length, value);
}

/** Appends what stands in the string that was read. Redis passes over it when that is nothing. */
function addPacked(list: List, reader: RdbReader, form: PackedForm): void {
  const { stringBytes: bytes, stringOffset: start, stringLength: length } = reader;
  const count = form.validate(bytes, start, length);
  if (count < 0) reader.damaged(NO_NODE);
  if (count <= 0) return;
  for (let at = form.first(bytes, start); at !== -1; at = form.next(bytes, at)) {
    form.read(bytes, at, reading);
    reading.text();
    value.setText(reading.bytes, reading.offset, reading.length);
    list.insert(list.length, value);
  }
}
