import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import type { List } from "../../structures/list.ts";
import {
  firstEntry,
  isCanonical,
  nextEntry,
  readEntry,
  validateListpack,
} from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import { dropList, listViews, PACKED_KIND, PACKED_MOST_BYTES, TREE_KIND } from "./view.ts";

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
  const root = list.create();
  try {
    if (container >= 0) addNode(list, reader, container);
    for (let i = container >= 0 ? 1 : 0; i < nodes && reader.damage === null; i++) {
      const next = reader.length();
      reader.string();
      if (reader.damage === null) addNode(list, reader, next);
    }
    if (list.length === 0) reader.damaged("a list without elements");
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

/** Appends the node that was read. Redis passes over listpacks that are empty. */
function addNode(list: List, reader: RdbReader, container: number): void {
  const { stringBytes: bytes, stringOffset: start, stringLength: length } = reader;
  if (container === PLAIN_NODE && length > 0) {
    value.setText(bytes, start, length);
    list.insert(list.length, value);
    return;
  }
  const count = container === PACKED_NODE ? validateListpack(bytes, start, length) : -1;
  if (count < 0) reader.damaged("no node of a list");
  if (count <= 0) return;
  if (isCanonical(bytes, start, reading, value)) {
    list.appendListpack(bytes, start);
    return;
  }
  for (let at = firstEntry(bytes, start); at !== -1; at = nextEntry(bytes, at)) {
    readEntry(bytes, at, reading);
    reading.text();
    value.setText(reading.bytes, reading.offset, reading.length);
    list.insert(list.length, value);
  }
}
