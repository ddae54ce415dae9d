import { looseInteger } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { type HelpEntry, replyHelp } from "../shared/help.ts";
import { integerArgument } from "../shared/numbers.ts";
import {
  debugDigest,
  debugDigestValue,
  debugObject,
  debugPopulate,
  debugTable,
  debugTableOfKey,
  reloadData,
} from "./data.ts";
import { PROTOCOL_SAMPLES } from "./protocol.ts";

/** DEBUG SLEEP seconds: nobody is served meanwhile. */
function debugSleep({ instance, request, reply }: Call): void {
  const seconds = Number.parseFloat(request.text(2));
  instance.control.sleep(Number.isFinite(seconds) ? Math.trunc(seconds * 1_000_000) : 0);
  reply.ok();
}

function debugLog({ instance, request, reply }: Call): void {
  instance.control.log(`DEBUG LOG: ${request.text(2)}`);
  reply.ok();
}

/** DEBUG ERROR text: the text is the error, code included; it is not counted. */
function debugError({ request, reply }: Call): void {
  reply.raw(`-${request.text(2).replace(/[\r\n]/g, " ")}\r\n`);
}

function debugActiveExpire({ instance, request, reply }: Call): void {
  instance.settings.activeExpire = looseInteger(request.text(2)) !== 0;
  reply.ok();
}

function debugPauseCron({ instance, request, reply }: Call): void {
  instance.settings.cronPaused = looseInteger(request.text(2)) !== 0;
  reply.ok();
}

/** Of what is denied to scripts it frees what touches no data: DEBUG PROTOCOL and DEBUG SLEEP. */
function debugDenyScripts({ instance, request, reply }: Call): void {
  instance.settings.scriptsDebug = looseInteger(request.text(2)) !== 0;
  reply.ok();
}

/** A switch of a mechanism that this server does not have: it is accepted. */
function accept({ reply }: Call): void {
  reply.ok();
}

const PACKED_THRESHOLD_MAX_BYTES = 2 ** 32 - 2 ** 20;
const UNIT_BYTES = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1000],
  ["kb", 1024],
  ["m", 1000 ** 2],
  ["mb", 1024 ** 2],
  ["g", 1000 ** 3],
  ["gb", 1024 ** 3],
]);

/** DEBUG QUICKLIST-PACKED-THRESHOLD size: checked, without effect on strings. */
function debugPackedThreshold({ request, reply }: Call): void {
  const parts = /^([0-9]+)([a-z]*)$/.exec(request.cText(2).toLowerCase());
  const unit = parts === null ? undefined : UNIT_BYTES.get(parts[2]!);
  if (unit === undefined || Number(parts![1]) * unit > PACKED_THRESHOLD_MAX_BYTES) {
    reply.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    return;
  }
  reply.ok();
}

/** DEBUG REPLYBUFFER PEAK-RESET-TIME time|NEVER|RESET, or RESIZING 0|1: checked, without effect. */
function debugReplyBuffer(call: Call): void {
  const { request, reply } = call;
  if (request.is(2, "resizing")) {
    reply.ok();
    return;
  }
  if (!request.is(2, "peak-reset-time")) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  const word = request.cText(3).toLowerCase();
  if (word === "never" || word === "reset" || integerArgument(call, 3) !== null) reply.ok();
}

function debugProtocol({ request, reply }: Call): void {
  const write = PROTOCOL_SAMPLES.get(request.cText(2).toLowerCase());
  if (write !== undefined) {
    write(reply);
    return;
  }
  const names = [...PROTOCOL_SAMPLES.keys()].join("|");
  reply.error(`ERR Wrong protocol type name. Please use one of the following: ${names}`);
}

/** DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]: the data go through a copy, as through a file. */
function debugReload(call: Call): void {
  const { request, reply } = call;
  const options = new Set<string>();
  for (let i = 2; i < request.argc; i++) {
    const word = request.cText(i).toLowerCase();
    if (word !== "merge" && word !== "noflush" && word !== "nosave") {
      reply.error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
      return;
    }
    options.add(word);
  }
  const needsFile = options.has("nosave") || (options.has("noflush") && !options.has("merge"));
  if (needsFile) {
    reply.error("ERR Error trying to load the RDB dump");
    return;
  }
  reloadData(call);
  reply.ok();
}

function debugLoadLog(call: Call): void {
  reloadData(call);
  call.reply.ok();
}

function debugChangeReplicationId({ instance, reply }: Call): void {
  instance.history.change();
  reply.ok();
}

function debugHelp(call: Call): void {
  replyHelp(call, HELP);
}

const HELP: readonly HelpEntry[] = [
  ["CHANGE-REPL-ID", "Begin a new history for replicas."],
  ["DIGEST", "Show a fingerprint of the data."],
  ["DIGEST-VALUE <key> [<key> ...]", "Show a fingerprint of each value."],
  ["ERROR <string>", "Answer with the error <string>."],
  ["HTSTATS <dbid>", "Show the figures of a database's index."],
  ["HTSTATS-KEY <key>", "Show the figures of the table that a value uses."],
  ["LOADAOF", "Load the data again, as from the append-only file."],
  ["LOG <message>", "Write <message> to the server's log."],
  ["OBJECT <key>", "Show how a key and its value are stored."],
  ["PAUSE-CRON <0|1>", "Stop or resume the periodic work."],
  [
    "POPULATE <count> [<prefix>] [<size>]",
    "Make <count> keys <prefix>:<number>, `key` by default, with values of <size> bytes.",
  ],
  [
    "PROTOCOL <type>",
    "Answer with a sample of <type>: string, integer, double, bignum, null, array, set,",
    "map, attrib, push, verbatim, true, false.",
  ],
  ["QUICKLIST-PACKED-THRESHOLD <size>", "Accepted; lists are stored otherwise."],
  ["RELOAD [option ...]", "Load the data again, as from a file. Options: MERGE, NOFLUSH, NOSAVE."],
  ["REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>", "Accepted; buffers grow otherwise."],
  ["REPLYBUFFER RESIZING <0|1>", "Accepted; buffers grow otherwise."],
  ["SET-ACTIVE-EXPIRE <0|1>", "Turn the removal of expired keys in the background off or on."],
  ["SET-DISABLE-DENY-SCRIPTS <0|1>", "Accepted; there are no scripts."],
  ["SET-SKIP-CHECKSUM-VALIDATION <0|1>", "Accepted; nothing is restored."],
  ["SLEEP <seconds>", "Serve nobody for <seconds>; decimals are allowed."],
];

/** A subcommand: how many arguments it takes, `DEBUG` and its name included, and what it does. */
interface Subcommand {
  readonly min: number;
  readonly max: number;
  readonly run: (call: Call) => void;
}

const ANY = Number.POSITIVE_INFINITY;

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  ["change-repl-id", { min: 2, max: 2, run: debugChangeReplicationId }],
  ["digest", { min: 2, max: 2, run: debugDigest }],
  ["digest-value", { min: 2, max: ANY, run: debugDigestValue }],
  ["error", { min: 3, max: 3, run: debugError }],
  ["help", { min: 2, max: 2, run: debugHelp }],
  ["htstats", { min: 3, max: 3, run: debugTable }],
  ["htstats-key", { min: 3, max: 3, run: debugTableOfKey }],
  ["loadaof", { min: 2, max: ANY, run: debugLoadLog }],
  ["log", { min: 3, max: 3, run: debugLog }],
  ["object", { min: 3, max: 3, run: debugObject }],
  ["pause-cron", { min: 3, max: 3, run: debugPauseCron }],
  ["populate", { min: 3, max: 5, run: debugPopulate }],
  ["protocol", { min: 3, max: 3, run: debugProtocol }],
  ["quicklist-packed-threshold", { min: 3, max: 3, run: debugPackedThreshold }],
  ["reload", { min: 2, max: ANY, run: debugReload }],
  ["replybuffer", { min: 4, max: 4, run: debugReplyBuffer }],
  ["set-active-expire", { min: 3, max: 3, run: debugActiveExpire }],
  ["set-disable-deny-scripts", { min: 3, max: 3, run: debugDenyScripts }],
  ["set-skip-checksum-validation", { min: 3, max: 3, run: accept }],
  ["sleep", { min: 3, max: 3, run: debugSleep }],
]);

/** DEBUG subcommand: its subcommands are no commands of their own, as in Redis. */
export const DEBUG: Command = {
  name: "debug",
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  acl: [],
  group: "server",
  since: "1.0.0",
  complexity: "That of the subcommand",
  summary: "Looks into the server and disturbs it, for tests",
  docFlags: ["syscmd"],
  guardedBy: "enable-debug-command",
  handler: runDebug,
};

function runDebug(call: Call): void {
  const { request, reply } = call;
  const subcommand = SUBCOMMANDS.get(request.cText(1).toLowerCase());
  if (subcommand === undefined || request.argc < subcommand.min || request.argc > subcommand.max) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  subcommand.run(call);
}
