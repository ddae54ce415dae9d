/** What the list commands are written with. */
import type { Integer64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import { type ListView, listViews } from "../../types/list/view.ts";

/** An end of a list. */
export type End = "left" | "right";

/** The view of the selected database on the list of an entry. */
export function listOf(call: Call, ref: EntryRef): ListView {
  const list = listViews.of(call.keyspace);
  list.setFill(call.instance.settings.listFill);
  list.open(ref);
  return list;
}

/** The view on an empty list that argument `i`'s key, which is absent, has from now on. It must not stay empty. */
export function newList(call: Call, i: number): ListView {
  const { keyspace, request, instance } = call;
  const list = listViews.of(keyspace);
  list.setFill(instance.settings.listFill);
  const ref = list.create(request.bytes, request.offsets[i]!, request.lengths[i]!);
  keyspace.setAccess(ref, newAccess(instance));
  return list;
}

/** Argument `i` as an end of a list; null, with the error replied, when it is none. */
export function endArgument({ request, reply }: Call, i: number): End | null {
  if (request.is(i, "left")) return "left";
  if (request.is(i, "right")) return "right";
  reply.error(ERR.syntax);
  return null;
}

/** An index that may count from the end as a position, below 0 where it lies before the list. */
export function positionOf(index: Integer64, length: number): number {
  return index < 0 ? Number(index) + length : Number(index);
}

/** Replies the element at the view's cursor. */
export function replyElement({ reply }: Call, list: ListView): void {
  const { bytes, offset, length } = list.read();
  reply.bulk(bytes, offset, length);
}
