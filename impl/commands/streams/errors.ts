import type { Call } from "../../session/call.ts";

/** The errors of the stream commands. */
export const STREAM_ERR = {
  id: "ERR Invalid stream ID specified as stream command argument",
  intervalStart: "ERR invalid start ID for the interval",
  intervalEnd: "ERR invalid end ID for the interval",
  maxlen: "ERR The MAXLEN argument must be >= 0.",
  limit: "ERR The LIMIT argument must be >= 0.",
  twoTrimmings: "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
  limitAlone: "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
  limitOfExact: "ERR syntax error, LIMIT cannot be used without the special ~ option",
  noTrimming: "ERR syntax error, XTRIM must be called with a trimming strategy",
  idZero: "ERR The ID specified in XADD must be greater than 0-0",
  idNotHigher: "ERR The ID specified in XADD is equal or smaller than the target stream top item",
  idsExhausted: "ERR The stream has exhausted the last possible ID, unable to add more items",
  tooLarge: "ERR Elements are too large to be stored",
  addedNegative: "ERR entries_added must be positive",
  addedBelowLength:
    "ERR The entries_added specified in XSETID is smaller than the target stream length",
  idBelowDeleted:
    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
  idBelowTop: "ERR The ID specified in XSETID is smaller than the target stream top item",
  unbalanced:
    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
  groupOfXread: "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
  noackOfXread: "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
  noGroupOption: "ERR Missing GROUP option for XREADGROUP",
  dollar:
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
  newOfXread:
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
  timeout: "ERR timeout is not an integer or out of range",
  noStream:
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
  groupExists: "BUSYGROUP Consumer Group name already exists",
  entriesRead: "ERR value for ENTRIESREAD must be positive or -1",
  autoclaimMinIdle: "ERR Invalid min-idle-time argument for XAUTOCLAIM",
  autoclaimCount: "ERR COUNT must be > 0",
  autoclaimMemory: "ERR Insufficient memory, failed allocating transient memory, COUNT too high.",
  claimMinIdle: "ERR Invalid min-idle-time argument for XCLAIM",
  claimIdle: "ERR Invalid IDLE option argument for XCLAIM",
  claimTime: "ERR Invalid TIME option argument for XCLAIM",
  claimRetryCount: "ERR Invalid RETRYCOUNT option argument for XCLAIM",
  streamGone: "UNBLOCKED the stream key no longer exists",
  groupGone: "NOGROUP the consumer group this client was blocked on no longer exists",
} as const;

/** The key of argument `key` is not there, or has no group of argument `group`'s name. */
export function noKeyOrGroup({ request }: Call, key: number, group: number): string {
  return `NOGROUP No such key '${request.cText(key)}' or consumer group '${request.cText(group)}'`;
}

/** As `noKeyOrGroup`, of XREADGROUP. */
export function noGroupToRead(call: Call, key: number, group: number): string {
  return `${noKeyOrGroup(call, key, group)} in XREADGROUP with GROUP option`;
}

/** The key of argument `key` has no group of argument `group`'s name. */
export function noGroupOfKey({ request }: Call, key: number, group: number): string {
  const name = request.cText(group);
  return `NOGROUP No such consumer group '${name}' for key name '${request.cText(key)}'`;
}

/** An option of XCLAIM that there is not. */
export function claimOption({ request }: Call, i: number): string {
  return `ERR Unrecognized XCLAIM option '${request.cText(i)}'`;
}
