import type { EntryRef } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import type { Texts } from "../../structures/texts.ts";
import { LIST_TYPE, listViews } from "../../types/list/view.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { SORT_EVENT } from "./events.ts";
import {
  READ_ARGUMENTS,
  READ_KEYS,
  readKeys,
  SORTING,
  STORE_ARGUMENTS,
  STORE_KEYS,
  storeKeys,
} from "./facts.ts";
import { type SortOptions, sortOptions } from "./options.ts";
import { Sorter } from "./sorter.ts";

/** SORT: the elements of a list, a set or a sorted set, sorted, replied or stored as a list. */
export const SORT: Command = {
  ...SORTING,
  name: "sort",
  flags: ["write", "denyoom"],
  keySpecs: STORE_KEYS,
  keys: storeKeys,
  since: "1.0.0",
  summary: "Sorts the elements of a list, a set or a sorted set, and replies or stores them",
  arguments: STORE_ARGUMENTS,
  handler: (call) => sort(call, true),
};

/** SORT_RO: SORT that stores nothing. */
export const SORT_RO: Command = {
  ...SORTING,
  name: "sort_ro",
  flags: ["readonly"],
  keySpecs: READ_KEYS,
  keys: readKeys,
  since: "7.0.0",
  summary: "Sorts the elements of a list, a set or a sorted set, and replies them",
  arguments: READ_ARGUMENTS,
  handler: (call) => sort(call, false),
};

/** One after the other sorts: no command sorts inside another one. */
const sorter = new Sorter();

function sort(call: Call, mayStore: boolean): void {
  const { keyspace, reply } = call;
  const options = sortOptions(call, mayStore);
  if (options === null) return;
  const ref = call.lookupRead(1);
  if (ref !== 0 && !isSortable(keyspace.type(ref))) {
    reply.error(ERR.wrongType);
    return;
  }
  try {
    if (!sorter.sort(call, ref, options)) {
      reply.error("ERR One or more scores can't be converted into double");
    } else if (options.destination === 0) show(call, options);
    else store(call, options);
  } finally {
    sorter.clear();
  }
}

function isSortable(type: number): boolean {
  return type === LIST_TYPE || type === SET_TYPE || type === ZSET_TYPE;
}

/** Replies what has been sorted, or what the patterns stand for. */
function show(call: Call, { gets }: SortOptions): void {
  const { reply } = call;
  const { elements, order, first, last } = sorter;
  reply.array((last - first + 1) * Math.max(1, gets.length));
  for (let i = first; i <= last; i++) {
    const start = elements.starts[order[i]!]!;
    const length = elements.lengths[order[i]!]!;
    if (gets.length === 0) reply.bulk(elements.bytes, start, length);
    for (const pattern of gets) {
      if (pattern.find(call, elements.bytes, start, length)) {
        reply.bulk(pattern.bytes, pattern.offset, pattern.length);
      } else reply.nil();
    }
  }
}

/** Stores what would have been shown as a list, with nothing for what there is not. */
function store(call: Call, { gets, destination }: SortOptions): void {
  const { reply } = call;
  const { elements, order, first, last, shown } = sorter;
  for (let i = first; i <= last; i++) {
    const start = elements.starts[order[i]!]!;
    const length = elements.lengths[order[i]!]!;
    if (gets.length === 0) shown.add(elements.bytes, start, length);
    for (const pattern of gets) {
      const isThere = pattern.find(call, elements.bytes, start, length);
      if (isThere) shown.add(pattern.bytes, pattern.offset, pattern.length);
      else shown.add(elements.bytes, 0, 0);
    }
  }
  if (shown.count === 0) {
    call.removeDestination(destination);
    reply.integer(0);
    return;
  }
  call.lookupWrite(destination);
  storeList(call, destination, shown);
  call.changed(destination, SORT_EVENT.store, shown.count);
  reply.integer(shown.count);
}

/** Gives argument `i`'s key a list of these texts. @throws OutOfMemory, changing nothing */
function storeList(call: Call, i: number, texts: Texts): EntryRef {
  const { keyspace, request, instance } = call;
  const list = listViews.of(keyspace);
  list.setFill(instance.settings.listFill);
  const ref = list.store(request.bytes, request.offsets[i]!, request.lengths[i]!, texts);
  keyspace.setAccess(ref, newAccess(instance));
  return ref;
}
