/** The options that XADD and XTRIM share. */
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import type { Trimming } from "../../structures/stream-entries.ts";
import { StreamId } from "../../structures/stream-id.ts";
import type { StreamView } from "../../types/stream/view.ts";
import { integerArgument } from "../shared/numbers.ts";
import { STREAM_ERR } from "./errors.ts";
import { idArgument, openIdArgument } from "./ids.ts";

/** How many entries an approximate trimming takes at most, if it does not say. */
const MOST_LIMIT = 1_000_000;
const LIMIT_WITHOUT_NODES = 10_000;
const NODES_OF_LIMIT = 100;
const STAR = 0x2a;
const TILDE = 0x7e;
const EQUALS = 0x3d;

/** A trimming as it was written. */
export interface WrittenTrimming extends Trimming {
  /** The argument that is `~` or `=`; 0 without one. */
  readonly markAt: number;
  readonly thresholdAt: number;
}

/** What the options say. */
export class AddOptions {
  /** `*`; an id whose sequence is open, or a whole one, which are in `writtenId` then. */
  id: "auto" | "open" | "whole" = "auto";
  /** The argument of the id; the number of arguments when there is none. */
  idAt = 0;
  /** A key that does not exist is not made. */
  noMake = false;
  trimming: WrittenTrimming | null = null;
}

/** What `readOptions` has read last: no command reads any inside another one. */
const read = new AddOptions();

/** The id that `readOptions` has read. */
export const writtenId = new StreamId();

const leastId = new StreamId();

/** What is read of a trimming before its limit is known. */
interface Threshold {
  readonly length: number | null;
  readonly approximate: boolean;
  readonly markAt: number;
  readonly thresholdAt: number;
}

/** Reads the options of XADD, which end with the id, or of XTRIM, good until the next ones are read; null, with the error replied, when they are wrong. */
export function readOptions(call: Call, isAdd: boolean): AddOptions | null {
  const { request } = call;
  let id: AddOptions["id"] = "auto";
  let noMake = false;
  let threshold: Threshold | null = null;
  let limit = -1;
  let at = 2;
  for (; at < request.argc; at++) {
    const hasMore = at + 1 < request.argc;
    if (isAdd && isMark(call, at, STAR)) break;
    if (hasMore && (request.is(at, "maxlen") || request.is(at, "minid"))) {
      if (threshold !== null) return refuse(call, STREAM_ERR.twoTrimmings);
      threshold = readThreshold(call, at);
      if (threshold === null) return null;
      at = threshold.thresholdAt;
    } else if (hasMore && request.is(at, "limit")) {
      const given = integerArgument(call, at + 1);
      if (given === null) return null;
      if (given < 0) return refuse(call, STREAM_ERR.limit);
      limit = Number(given);
      at++;
    } else if (isAdd && request.is(at, "nomkstream")) {
      noMake = true;
    } else if (isAdd) {
      const parsed = openIdArgument(call, at, writtenId);
      if (parsed === null) return null;
      id = parsed;
      break;
    } else {
      return refuse(call, ERR.syntax);
    }
  }
  if (limit > 0 && threshold === null) return refuse(call, STREAM_ERR.limitAlone);
  if (!isAdd && threshold === null) return refuse(call, STREAM_ERR.noTrimming);
  // An effect is exact and keeps its limit: it has been judged before.
  const isReplay = call.origin === "replay";
  if (!isReplay && limit >= 0 && !(threshold?.approximate ?? false)) {
    return refuse(call, STREAM_ERR.limitOfExact);
  }
  read.id = id;
  read.idAt = at;
  read.noMake = noMake;
  read.trimming = threshold && limited(call, threshold, limit);
  return read;
}

function readThreshold(call: Call, at: number): Threshold | null {
  const { request } = call;
  const marked =
    at + 2 < request.argc && (isMark(call, at + 1, TILDE) || isMark(call, at + 1, EQUALS));
  const thresholdAt = marked ? at + 2 : at + 1;
  const common = {
    approximate: marked && isMark(call, at + 1, TILDE),
    markAt: marked ? at + 1 : 0,
    thresholdAt,
  };
  if (request.is(at, "minid")) {
    return idArgument(call, thresholdAt, leastId) ? { ...common, length: null } : null;
  }
  const length = integerArgument(call, thresholdAt);
  if (length === null) return null;
  return length < 0 ? refuse(call, STREAM_ERR.maxlen) : { ...common, length: Number(length) };
}

function limited(call: Call, threshold: Threshold, limit: number): WrittenTrimming {
  const isLimited = threshold.approximate && call.origin !== "replay";
  const most = limit >= 0 ? limit : usualLimit(call);
  return { ...threshold, id: leastId, limit: isLimited ? most : 0 };
}

function usualLimit({ instance }: Call): number {
  const limit = NODES_OF_LIMIT * instance.settings.streamNodeMaxEntries;
  return limit <= 0 ? LIMIT_WITHOUT_NODES : Math.min(limit, MOST_LIMIT);
}

/** True when an argument, as far as Redis sees it, is this character. */
function isMark({ request }: Call, i: number, mark: number): boolean {
  const { bytes, offsets, lengths } = request;
  if (lengths[i]! === 0 || bytes[offsets[i]!] !== mark) return false;
  return lengths[i] === 1 || bytes[offsets[i]! + 1] === 0;
}

function refuse(call: Call, error: string): null {
  call.reply.error(error);
  return null;
}

const firstId = new StreamId();

/**
 * Writes the effect of an XADD or XTRIM: the command with the id that was made and, of an approximate
 * trimming, the exact one that comes to the same.
 *
 * @param id that was made for an entry; null where none was
 */
export function writeTrimmedEffect(
  call: Call,
  stream: StreamView,
  { idAt, trimming }: AddOptions,
  id: StreamId | null,
): void {
  if (!call.effects.enabled) return;
  const { request } = call;
  const exact = trimming?.approximate ?? false;
  const effects = call.rewrite(request.argc);
  for (let i = 0; i < request.argc; i++) {
    if (id !== null && i === idAt) effects.word(id.text);
    else if (exact && i === trimming!.markAt) effects.word("=");
    else if (exact && i === trimming!.thresholdAt) effects.word(thresholdNow(stream, trimming!));
    else effects.argument(request, i);
  }
}

function thresholdNow({ entries }: StreamView, { length }: WrittenTrimming): string {
  if (length !== null) return String(entries.length);
  return entries.readFirstStored(firstId) ? firstId.text : firstId.setGreatest().text;
}
