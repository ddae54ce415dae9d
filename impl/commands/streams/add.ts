import type { Call } from "../../session/call.ts";
import { WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { KeySpec } from "../../session/command-declaration.ts";
import { wrongArity } from "../../session/errors.ts";
import type { NodeLimits } from "../../structures/stream-entries.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { STREAM_TYPE } from "../../types/stream/kinds.ts";
import { openStream, type StreamView, streamView } from "../../types/stream/view.ts";
import { flag, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { STREAM_ERR } from "./errors.ts";
import { STREAM_EVENT } from "./events.ts";
import { CHANGING, ID, STREAM, TRIM } from "./facts.ts";
import { attachStream, replyId } from "./lookup.ts";
import { type AddOptions, readOptions, writeTrimmedEffect, writtenId } from "./options.ts";

/** An entry is not larger. */
const MOST_BYTES = 2 ** 30;

const ADDING_KEY: readonly KeySpec[] = [
  {
    notes: "UPDATE instead of INSERT because of the optional trimming feature",
    flags: ["RW", "update"],
    begin: { type: "index", index: 1 },
    find: { type: "range", lastKey: 0, keyStep: 1, limit: 0 },
  },
];

/** XADD: an entry behind the last one of a stream. */
export const XADD: Command = {
  ...STREAM,
  name: "xadd",
  arity: -5,
  flags: ["write", "denyoom", "fast"],
  constantTime: { mostArguments: 5 },
  keySpecs: ADDING_KEY,
  tips: CHANGING,
  complexity: "O(log(N)) in the nodes of the stream; O(N) in the entries that trimming removes",
  summary: "Appends an entry to a stream, which may be trimmed then",
  history: [
    ["6.2.0", "`NOMKSTREAM`, `MINID` and `LIMIT` are new."],
    ["7.0.0", "The sequence of an id can be left to the server: `<ms>-*`."],
  ],
  arguments: [
    KEY,
    optional(since("6.2.0", flag("nomkstream"))),
    optional(TRIM),
    oneOf("id_or_auto", flag("auto_id", "*"), ID),
    {
      name: "field_value",
      type: "block",
      flags: ["multiple"],
      arguments: [
        { name: "field", type: "string" },
        { name: "value", type: "string" },
      ],
    },
  ],
  handler: xadd,
};

const id = new StreamId();
const limits = { bytes: 0, entries: 0 };

function xadd(call: Call): void {
  const { request, reply } = call;
  const options = readOptions(call, true);
  if (options === null) return;
  const from = options.idAt + 1;
  const words = request.argc - from;
  if (words < 2 || words % 2 === 1) {
    reply.error(wrongArity(call.record.fullName));
    return;
  }
  if (options.id === "whole" && writtenId.isLeast) {
    reply.error(STREAM_ERR.idZero);
    return;
  }
  const ref = call.writeOf(STREAM_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0 && options.noMake) {
    reply.nil();
    return;
  }
  const error = isTooLarge(call, from) ? STREAM_ERR.tooLarge : null;
  if (ref === 0) {
    const stream = streamView(call.keyspace);
    const refusal = error ?? chooseId(call, NO_ID, options);
    if (refusal === null) addFirst(call, stream, from, options);
    else reply.error(refusal);
    return;
  }
  const stream = openStream(call.keyspace, ref);
  const refusal = stream.lastId.isGreatest
    ? STREAM_ERR.idsExhausted
    : (error ?? chooseId(call, stream.lastId, options));
  if (refusal !== null) {
    reply.error(refusal);
    return;
  }
  stream.entries.append(id, request, from, limitsOf(call));
  stream.mutated();
  finish(call, stream, options);
}

const NO_ID = new StreamId();

function isTooLarge({ request }: Call, from: number): boolean {
  let bytes = 0;
  for (let i = from; i < request.argc; i++) bytes += request.lengths[i]!;
  return bytes > MOST_BYTES;
}

/** How much a node may hold. */
function limitsOf({ instance }: Call): NodeLimits {
  limits.bytes = instance.settings.streamNodeMaxBytes;
  limits.entries = instance.settings.streamNodeMaxEntries;
  return limits;
}

/**
 * Puts the entry's id into `id`; null, or why there is none. When the last sequence of a millisecond is
 * taken, Redis 7.0 says whatever it has said last.
 */
function chooseId(call: Call, last: StreamId, options: AddOptions): string | null {
  if (options.id === "auto") {
    id.setTime(call.nowMs);
    if (id.msHigh === last.msHigh && id.msLow === last.msLow) id.copy(last).increment();
    else if (id.compare(last) < 0) id.copy(last).increment();
    return null;
  }
  id.copy(writtenId);
  if (options.id === "open" && id.msHigh === last.msHigh && id.msLow === last.msLow) {
    if ((last.sequenceHigh & last.sequenceLow) === -1) return STREAM_ERR.idNotHigher;
    id.copy(last).increment();
  }
  return id.compare(last) > 0 ? null : STREAM_ERR.idNotHigher;
}

/** Makes the stream with its first entry. */
function addFirst(call: Call, stream: StreamView, from: number, options: AddOptions): void {
  stream.begin();
  try {
    stream.entries.append(id, call.request, from, limitsOf(call));
  } catch (error) {
    stream.discard();
    throw error;
  }
  attachStream(call, 1, stream);
  finish(call, stream, options);
}

/** The entry has been added: trims, replies, and tells. */
function finish(call: Call, stream: StreamView, options: AddOptions): void {
  const { trimming } = options;
  stream.setLastId(id);
  stream.added.increment();
  stream.saveAdded();
  replyId(call, id);
  call.changed(1, STREAM_EVENT.xadd);
  if (trimming !== null && stream.entries.trim(trimming) > 0) {
    call.changed(1, STREAM_EVENT.xtrim, 0);
  }
  if (options.id !== "whole" || trimming?.approximate) {
    writeTrimmedEffect(call, stream, options, options.id === "whole" ? null : id);
  }
}
