import type { Effects } from "../../engine/effects.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { List } from "../../structures/list.ts";
import { totalBytes } from "../../structures/listpack.ts";
import type { MakeOwner, ValueType } from "../value-type.ts";
import { LIST_FORMS, loadList, loadOldList, PACKED_NODE, RDB_QUICKLIST_2 } from "./load.ts";
import {
  dropList,
  LIST_TYPE,
  type ListView,
  listViews,
  PACKED,
  PACKED_KIND,
  TREE,
  TREE_KIND,
} from "./view.ts";

/** A rewrite of Redis' log makes a list of so many elements at a time. */
const ELEMENTS_PER_COMMAND = 64;

/** The view on an entry's list. */
function opened(keyspace: Keyspace, ref: EntryRef): ListView {
  const list = listViews.of(keyspace);
  list.open(ref);
  return list;
}

const rooted: MakeOwner = (arena) => {
  const list = new List(arena);
  return {
    release(_kind, root, budget) {
      list.open(root);
      return list.release(budget);
    },
    visitBlocks(_kind, root, visit) {
      list.open(root);
      list.visitBlocks(visit);
    },
  };
};

/** Lists: elements in the order in which they were put, which for Redis are quicklists all. */
export const listType: ValueType<"list"> = {
  name: "list",
  number: LIST_TYPE,
  encodings: { [PACKED]: "quicklist", [TREE]: "quicklist" },
  rdbTypes: LIST_FORMS,
  rooted,

  heldBytes: (keyspace, ref) => opened(keyspace, ref).bytesHeld,

  isShared: () => false,

  table: () => null,

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    if (!keyspace.isRooted(ref)) {
      return to.setBytes(
        key,
        keyOffset,
        keyLength,
        keyspace.bytes(ref),
        keyspace.valueOffset(ref),
        keyspace.valueLength(ref),
        PACKED_KIND,
        false,
      );
    }
    const source = opened(keyspace, ref);
    const target = listViews.of(to).spare;
    const root = target.create();
    try {
      source.forEachPack((bytes, start) => target.appendListpack(bytes, start));
      return to.setRoot(key, keyOffset, keyLength, root, TREE_KIND, false);
    } catch (error) {
      dropList(target);
      throw error;
    }
  },

  recreate,

  rdbType: () => RDB_QUICKLIST_2,

  save(writer, keyspace, ref) {
    const list = opened(keyspace, ref);
    writer.length(list.packs);
    list.forEachPack((bytes, start) => {
      writer.length(PACKED_NODE);
      writer.string(bytes, start, totalBytes(bytes, start));
    });
  },

  load(reader, rdbType, to, key, keyOffset, keyLength) {
    if (rdbType === RDB_QUICKLIST_2) return loadList(reader, to, key, keyOffset, keyLength);
    return loadOldList(reader, rdbType, to, key, keyOffset, keyLength);
  },

  digest(digest, keyspace, ref) {
    const list = opened(keyspace, ref);
    for (let more = list.seek(0); more; more = list.next()) {
      const { bytes, offset, length } = list.read();
      digest.mix(bytes, offset, length);
    }
  },

  verify(keyspace, ref) {
    opened(keyspace, ref).verify();
  },
};

/** RPUSHes of some elements each, then its end. */
function recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void {
  const list = opened(keyspace, ref);
  const bytes = keyspace.bytes(ref);
  const keyOffset = keyspace.keyOffset(ref);
  const keyLength = keyspace.keyLength(ref);
  let left = list.length;
  list.seek(0);
  while (left > 0) {
    const some = Math.min(left, ELEMENTS_PER_COMMAND);
    effects.begin(database, 2 + some);
    effects.word("RPUSH");
    effects.bytes(bytes, keyOffset, keyLength);
    for (let i = 0; i < some; i++) {
      const element = list.read();
      effects.bytes(element.bytes, element.offset, element.length);
      list.next();
    }
    effects.commit();
    left -= some;
  }
  if (!keyspace.hasExpiry(ref)) return;
  effects.begin(database, 3);
  effects.word("PEXPIREAT");
  effects.bytes(bytes, keyOffset, keyLength);
  effects.integer(keyspace.expiryMs(ref));
  effects.commit();
}
