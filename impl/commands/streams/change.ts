import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { behind, integer, KEY, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { STREAM_ERR } from "./errors.ts";
import { STREAM_EVENT } from "./events.ts";
import { CHANGING, IDS, STREAM, TRIM } from "./facts.ts";
import { idArgument } from "./ids.ts";
import { replyZero, writtenStream } from "./lookup.ts";
import { readOptions, writeTrimmedEffect } from "./options.ts";

const id = new StreamId();
const maxDeletedId = new StreamId();
const topId = new StreamId();
const added = new Int64();

/** XDEL: entries out of a stream. */
export const XDEL: Command = {
  ...STREAM,
  name: "xdel",
  arity: -3,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "delete"),
  complexity: "O(log(N)) for each id, in the nodes of the stream",
  summary: "Deletes entries of a stream, and counts them",
  arguments: [KEY, IDS],
  handler: xdel,
};

function xdel(call: Call): void {
  const { request, reply } = call;
  const stream = writtenStream(call, 1, replyZero);
  if (stream === null) return;
  for (let i = 2; i < request.argc; i++) if (!idArgument(call, i, id)) return;
  let deleted = 0;
  for (let i = 2; i < request.argc; i++) {
    idArgument(call, i, id);
    if (!stream.entries.delete(id)) continue;
    deleted++;
    if (id.compare(stream.maxDeletedId) > 0) stream.setMaxDeletedId(id);
  }
  if (deleted > 0) {
    stream.mutated();
    call.changed(1, STREAM_EVENT.xdel, deleted);
  }
  reply.integer(deleted);
}

/** XTRIM: the first entries out of a stream. */
export const XTRIM: Command = {
  ...STREAM,
  name: "xtrim",
  arity: -4,
  flags: ["write"],
  keySpecs: oneKey("RW", "delete"),
  tips: CHANGING,
  complexity: "O(N) in the entries that are removed",
  summary: "Removes the first entries of a stream, to a length or up to an id, and counts them",
  history: [["6.2.0", "`MINID` and `LIMIT` are new."]],
  arguments: [KEY, TRIM],
  handler: xtrim,
};

function xtrim(call: Call): void {
  const options = readOptions(call, false);
  if (options === null) return;
  const stream = writtenStream(call, 1, replyZero);
  if (stream === null) return;
  const { trimming } = options;
  const deleted = stream.entries.trim(trimming!);
  if (deleted > 0) {
    stream.mutated();
    call.changed(1, STREAM_EVENT.xtrim, deleted);
    if (trimming!.approximate) writeTrimmedEffect(call, stream, options, null);
  }
  call.reply.integer(deleted);
}

/** XSETID: the last id of a stream, and what else it remembers. */
export const XSETID: Command = {
  ...STREAM,
  name: "xsetid",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keySpecs: oneKey("RW", "update"),
  complexity: "O(1)",
  summary: "Sets the last id of a stream; it is for replication",
  history: [["7.0.0", "`ENTRIESADDED` and `MAXDELETEDID` are new."]],
  arguments: [
    KEY,
    { name: "last-id", type: "string" },
    optional(since("7.0.0", behind("ENTRIESADDED", integer("entries_added")))),
    optional(
      since("7.0.0", behind("MAXDELETEDID", { name: "max_deleted_entry_id", type: "string" })),
    ),
  ],
  handler: xsetid,
};

function xsetid(call: Call): void {
  const { request, reply } = call;
  if (!idArgument(call, 2, id)) return;
  let addedAt = 0;
  maxDeletedId.setLeast();
  for (let i = 3; i < request.argc; i += 2) {
    const hasValue = i + 1 < request.argc;
    if (hasValue && request.is(i, "entriesadded")) {
      const given = integerArgument(call, i + 1);
      if (given === null) return;
      if (given < 0) {
        reply.error(STREAM_ERR.addedNegative);
        return;
      }
      added.setInteger(given);
      addedAt = i + 1;
    } else if (hasValue && request.is(i, "maxdeletedid")) {
      if (!idArgument(call, i + 1, maxDeletedId)) return;
      if (id.compare(maxDeletedId) < 0) {
        reply.error(STREAM_ERR.idBelowDeleted);
        return;
      }
    } else {
      reply.error(ERR.syntax);
      return;
    }
  }
  const stream = writtenStream(call, 1, replyNoKey);
  if (stream === null) return;
  const { length } = stream.entries;
  if (length > 0) {
    if (id.compare(stream.readTopId(topId)) < 0) {
      reply.error(STREAM_ERR.idBelowTop);
      return;
    }
    if (addedAt > 0 && added.toNumber() < length) {
      reply.error(STREAM_ERR.addedBelowLength);
      return;
    }
  }
  stream.setLastId(id);
  if (addedAt > 0) stream.added.copy(added);
  stream.saveAdded();
  if (!maxDeletedId.isLeast) stream.setMaxDeletedId(maxDeletedId);
  stream.mutated();
  call.changedUnwatched(1, STREAM_EVENT.xsetid);
  reply.ok();
}

function replyNoKey({ reply }: Call): void {
  reply.error(ERR.noSuchKey);
}
