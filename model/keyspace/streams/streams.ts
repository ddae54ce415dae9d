/** The stream commands, as https://redis.io/docs/latest/commands/?group=stream describes them. */
import { Result } from "effect";
import { answer, argument, become, change, changeUnseen, put, session, valueAt } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import {
  array,
  type Bytes,
  bulk,
  integer,
  nil,
  nilArray,
  oneOf,
  type Reply,
  zero,
} from "../reply.ts";
import { arrive } from "../state.ts";
import { word } from "../text.ts";
import {
  endArgument,
  type Id,
  idArgument,
  idOf,
  MAX_ID,
  millisecondsOf,
  sequenceOf,
  startArgument,
  textOf,
  UINT64_MAX,
  type WrittenId,
} from "./ids.ts";
import { append, type Limits, range, trim as trimmed, without } from "./nodes.ts";
import { parseAddOptions } from "./options.ts";
import { emptyStream, type Item, livingOf, type StreamValue } from "./value.ts";

/** The stream at that key; nothing when there is no such key. */
export const streamAt = (call: Call, key: Bytes) => valueAt(call, key, "stream");

/** An id as a reply. */
export const idReply = (id: Id): Reply => bulk(textOf(id));

/** An entry as a reply. */
export const itemReply = ({ id, fields }: Item): Reply =>
  array([idReply(id), array(fields.map(bulk))]);

/** The id of the last entry that is there; 0 for none. */
export const topOf = (stream: StreamValue): Id =>
  range(stream.nodes, { start: 0n, end: MAX_ID, reversed: true }, 1)[0]?.id ?? 0n;

const limitsOf = ({ state }: Call): Limits => ({
  bytes: state.config.streamNodeMaxBytes,
  entries: state.config.streamNodeMaxEntries,
});

/** The id that an entry gets; nothing when there is none that is higher than the last. */
const nextId = (call: Call, lastId: Id, written: WrittenId | undefined): Id | undefined => {
  if (written === undefined)
    return call.nowMs > millisecondsOf(lastId) ? idOf(call.nowMs, 0n) : lastId + 1n;
  const { ms, sequence } = written;
  if (sequence !== undefined) return idOf(ms, sequence);
  if (ms !== millisecondsOf(lastId)) return idOf(ms, 0n);
  return sequenceOf(lastId) === UINT64_MAX ? undefined : lastId + 1n;
};

/**
 * XADD key [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] * | id field value …
 *
 * When the last sequence of a millisecond is taken, Redis 7.0 says whatever it has said last.
 */
export const xadd: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const { id: written, noMake, trimming, idAt } = yield* parseAddOptions(call, true);
    const fields = call.args.slice(idAt + 1);
    if (fields.length < 2 || fields.length % 2 === 1) return yield* fail("WrongArity", "xadd");
    if (written?.ms === 0n && written.sequence === 0n) return yield* fail("IdZero");
    const before = yield* streamAt(call, key);
    if (before === undefined && noMake) return yield* answer(call, nil);
    const stream = before ?? emptyStream;
    if (stream.lastId === MAX_ID) return yield* fail("IdsExhausted");
    const id = nextId(call, stream.lastId, written);
    if (id === undefined) return yield* answer(call, SEQUENCES_EXHAUSTED);
    if (id <= stream.lastId) return yield* fail("IdNotHigher");
    const added = append(stream.nodes, { id, fields, deleted: false }, limitsOf(call));
    const after: StreamValue = {
      ...stream,
      nodes: trimming === undefined ? added : trimmed(added, trimming),
      lastId: id,
      entriesAdded: BigInt.asIntN(64, stream.entriesAdded + 1n),
    };
    const state = before === undefined ? put(call, key, after) : change(call, key, after);
    return yield* become(arrive(state, session(call).database, key), idReply(id));
  });

const SEQUENCES_EXHAUSTED: Reply = oneOf([
  { _tag: "Error", text: "ERR Elements are too large to be stored" },
  {
    _tag: "Error",
    text: "ERR The ID specified in XADD is equal or smaller than the target stream top item",
  },
]);

/** XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count] */
export const xtrim: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const { trimming } = yield* parseAddOptions(call, false);
    const stream = yield* streamAt(call, key);
    if (stream === undefined || trimming === undefined) return yield* answer(call, zero);
    const after = { ...stream, nodes: trimmed(stream.nodes, trimming) };
    const gone = livingOf(stream).length - livingOf(after).length;
    if (gone === 0) return yield* become(changeUnseen(call, key, after), zero);
    return yield* become(change(call, key, after), integer(gone));
  });

/** XLEN key */
export const xlen: Meaning = (call) =>
  Result.flatMap(streamAt(call, argument(call, 1)), (stream) =>
    answer(call, integer(stream === undefined ? 0 : livingOf(stream).length)),
  );

/** XRANGE key start end [COUNT count] */
export const xrange: Meaning = (call) => rangeReply(call, 2, 3, false);

/** XREVRANGE key end start [COUNT count] */
export const xrevrange: Meaning = (call) => rangeReply(call, 3, 2, true);

const rangeReply = (call: Call, startAt: number, endAt: number, reversed: boolean) =>
  Result.gen(function* () {
    const start = yield* startArgument(argument(call, startAt));
    const end = yield* endArgument(argument(call, endAt));
    let count: bigint | undefined;
    for (let at = 4; at < call.args.length; at += 2) {
      const isCount = word(argument(call, at)) === "count" && at + 1 < call.args.length;
      if (!isCount) return yield* fail("Syntax");
      const given = yield* integerArgument(argument(call, at + 1));
      count = given < 0n ? 0n : given;
    }
    const stream = yield* streamAt(call, argument(call, 1));
    if (stream === undefined) return yield* answer(call, array([]));
    if (count === 0n) return yield* answer(call, nilArray);
    const found = range(stream.nodes, { start, end, reversed }, Number(count ?? Infinity));
    return yield* answer(call, array(found.map(itemReply)));
  });

/** Several ids, the last of them last. */
export const idArguments = (
  call: Call,
  from: number,
): Result.Result<ReadonlyArray<Id>, CommandError> =>
  Result.gen(function* () {
    const ids: Array<Id> = [];
    for (const text of call.args.slice(from)) ids.push(yield* idArgument(text));
    return ids;
  });

/** XDEL key id [id ...] */
export const xdel: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const stream = yield* streamAt(call, key);
    if (stream === undefined) return yield* answer(call, zero);
    const ids = yield* idArguments(call, 2);
    let after = stream;
    let gone = 0;
    for (const id of ids) {
      const nodes = without(after.nodes, id);
      if (nodes === after.nodes) continue;
      gone += 1;
      after = { ...after, nodes };
      if (id > after.maxDeletedId) after = { ...after, maxDeletedId: id };
    }
    if (gone === 0) return yield* answer(call, zero);
    return yield* become(change(call, key, after), integer(gone));
  });

/** XSETID key last-id [ENTRIESADDED count] [MAXDELETEDID id] */
export const xsetid: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const lastId = yield* idArgument(argument(call, 2));
    let entriesAdded: bigint | undefined;
    let maxDeletedId = 0n;
    for (let at = 3; at < call.args.length; at += 2) {
      const option = at + 1 < call.args.length ? word(argument(call, at)) : "";
      if (option === "entriesadded") {
        entriesAdded = yield* integerArgument(argument(call, at + 1));
        if (entriesAdded < 0n) return yield* fail("EntriesAddedNegative");
      } else if (option === "maxdeletedid") {
        maxDeletedId = yield* idArgument(argument(call, at + 1));
        if (lastId < maxDeletedId) return yield* fail("IdBelowDeleted");
      } else {
        return yield* fail("Syntax");
      }
    }
    const stream = yield* streamAt(call, key);
    if (stream === undefined) return yield* fail("NoSuchKey");
    const length = BigInt(livingOf(stream).length);
    if (length > 0n) {
      if (lastId < topOf(stream)) return yield* fail("IdBelowTop");
      if (entriesAdded !== undefined && length > entriesAdded)
        return yield* fail("EntriesAddedBelowLength");
    }
    const after: StreamValue = {
      ...stream,
      lastId,
      entriesAdded: entriesAdded ?? stream.entriesAdded,
      maxDeletedId: maxDeletedId === 0n ? stream.maxDeletedId : maxDeletedId,
    };
    return yield* become(changeUnseen(call, key, after));
  });
