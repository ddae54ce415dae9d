import type { EntryRef } from "../../engine/keyspace.ts";
import { idleSeconds, lfuCounter } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { encodingName, typeOf } from "../../types/index.ts";
import { KEY } from "../shared/arguments.ts";
import { KEYSPACE } from "./facts.ts";

/** What OBJECT's subcommands have in common. */
const INSPECTING = {
  ...KEYSPACE,
  arity: 3,
  flags: ["readonly"],
  keySpecs: [keyRange(["RO"], 2, 0, 1)],
  tips: ["nondeterministic_output"],
  hidesMisses: true,
  complexity: "O(1)",
  arguments: [KEY],
} as const;

/** The reference count of an object that Redis shares. */
const SHARED_REFERENCES = 2 ** 31 - 1;
const SWITCH_NOTE =
  "Please note that when switching between policies at runtime LRU and LFU data will take some " +
  "time to adjust.";

/** The entry of OBJECT's key without a mark; 0, with nil replied, when it is absent. */
function objectEntry(call: Call): EntryRef {
  const ref = call.lookupRead(2, false);
  if (ref === 0) call.reply.nil();
  return ref;
}

/** OBJECT ENCODING: how Redis would store the value. */
const OBJECT_ENCODING: Command = {
  ...INSPECTING,
  name: "encoding",
  since: "2.2.3",
  summary: "Tells how a value is encoded",
  handler: objectEncoding,
};

function objectEncoding(call: Call): void {
  const ref = objectEntry(call);
  if (ref !== 0) call.reply.bulkText(encodingName(call.keyspace, ref));
}

/** OBJECT REFCOUNT: 1, but for the small integers that Redis shares. */
const OBJECT_REFCOUNT: Command = {
  ...INSPECTING,
  name: "refcount",
  since: "2.2.3",
  summary: "Tells how many references a value has",
  handler: objectRefcount,
};

function objectRefcount(call: Call): void {
  const ref = objectEntry(call);
  if (ref === 0) return;
  const { instance, keyspace } = call;
  const isShared =
    instance.settings.sharedIntegers && typeOf(keyspace, ref).isShared(keyspace, ref);
  call.reply.integer(isShared ? SHARED_REFERENCES : 1);
}

/** OBJECT IDLETIME: seconds since the last access, where the policy keeps that. */
const OBJECT_IDLETIME: Command = {
  ...INSPECTING,
  name: "idletime",
  since: "2.2.3",
  summary: "Tells for how many seconds nobody has accessed a key",
  handler: objectIdletime,
};

function objectIdletime(call: Call): void {
  const ref = objectEntry(call);
  if (ref === 0) return;
  if (call.instance.settings.lfu) {
    call.reply.error(
      `ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCH_NOTE}`,
    );
    return;
  }
  call.reply.integer(idleSeconds(call.nowMs, call.keyspace.access(ref)));
}

/** OBJECT FREQ: the logarithmic access counter, where the policy keeps that. */
const OBJECT_FREQ: Command = {
  ...INSPECTING,
  name: "freq",
  since: "4.0.0",
  summary: "Tells how often a key is accessed, on a logarithmic scale",
  handler: objectFreq,
};

function objectFreq(call: Call): void {
  const ref = objectEntry(call);
  if (ref === 0) return;
  if (!call.instance.settings.lfu) {
    call.reply.error(
      `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCH_NOTE}`,
    );
    return;
  }
  call.reply.integer(lfuCounter(call.instance, call.keyspace.access(ref)));
}

const HELP = [
  "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
  "ENCODING <key>",
  "    Return the kind of internal representation used in order to store the value",
  "    associated with a <key>.",
  "FREQ <key>",
  "    Return the access frequency index of the <key>. The returned integer is",
  "    proportional to the logarithm of the recent access frequency of the key.",
  "IDLETIME <key>",
  "    Return the idle time of the <key>, that is the approximated number of",
  "    seconds elapsed since the last access to the key.",
  "REFCOUNT <key>",
  "    Return the number of references of the value associated with the specified",
  "    <key>.",
  "HELP",
  "    Prints this help.",
];

/** OBJECT HELP: Redis' own text, which clients see byte for byte. */
const OBJECT_HELP: Command = {
  ...KEYSPACE,
  name: "help",
  arity: 2,
  flags: ["loading", "stale"],
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Lists the subcommands",
  handler: objectHelp,
};

function objectHelp(call: Call): void {
  call.reply.array(HELP.length);
  for (const line of HELP) call.reply.simple(line);
}

/** OBJECT and its subcommands. */
export const OBJECT: Command = {
  ...KEYSPACE,
  name: "object",
  arity: -2,
  flags: [],
  acl: [],
  since: "2.2.3",
  complexity: "That of the subcommand",
  summary: "Shows how a value is held and used",
  subcommands: [OBJECT_ENCODING, OBJECT_FREQ, OBJECT_HELP, OBJECT_IDLETIME, OBJECT_REFCOUNT],
};
