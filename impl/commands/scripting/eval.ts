/** EVAL, EVALSHA and their read-only forms. */
import { parseInteger64 } from "../../engine/integers.ts";
import type { Script } from "../../scripting/script-cache.ts";
import { FLAG } from "../../scripting/shebang.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument, KeyFlag, KeySpec } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { refusalOfScript } from "../../session/script-admission.ts";

const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
const WRITING: readonly KeyFlag[] = ["RW", "access", "update"];
const READING: readonly KeyFlag[] = ["RO", "access"];

/** The keys of a script or function: their number is argument 2. */
export function scriptKeys(flags: readonly KeyFlag[], notes?: string): readonly KeySpec[] {
  return [
    {
      flags,
      ...(notes === undefined ? {} : { notes }),
      begin: { type: "index", index: 2 },
      find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 1 },
    },
  ];
}

/** The arguments of a command that runs what `name` names. */
export function scriptArguments(name: string): readonly Argument[] {
  return [
    { name, type: "string" },
    { name: "numkeys", type: "integer" },
    { name: "key", type: "key", keySpecIndex: 0, flags: ["optional", "multiple"] },
    { name: "arg", type: "string", flags: ["optional", "multiple"] },
  ];
}

/** What COMMAND INFO says of the keys of scripts, in Redis' words. */
export const NOTES =
  "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
export const NOTES_RO =
  "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS";

const COMMON = {
  arity: -3,
  acl: ["scripting"],
  group: "scripting",
  complexity: "That of the script",
} as const;
const FLAGS = ["noscript", "skip_monitor", "may_replicate", "no_mandatory_keys", "stale"] as const;
const FLAGS_RO = ["noscript", "skip_monitor", "no_mandatory_keys", "stale", "readonly"] as const;

/** EVAL: runs a script. */
export const EVAL: Command = {
  ...COMMON,
  name: "eval",
  flags: FLAGS,
  keySpecs: scriptKeys(WRITING, NOTES),
  since: "2.6.0",
  summary: "Runs a Lua script",
  arguments: scriptArguments("script"),
  handler: (call) => evaluate(call, false),
};

/** EVAL_RO: runs a script that may not write. */
export const EVAL_RO: Command = {
  ...COMMON,
  name: "eval_ro",
  flags: FLAGS_RO,
  keySpecs: scriptKeys(READING, NOTES_RO),
  since: "7.0.0",
  summary: "Runs a Lua script that only reads",
  arguments: scriptArguments("script"),
  handler: (call) => evaluate(call, true),
};

/** EVALSHA: runs a script that has been loaded, by its SHA-1. */
export const EVALSHA: Command = {
  ...COMMON,
  name: "evalsha",
  flags: FLAGS,
  keySpecs: scriptKeys(WRITING),
  since: "2.6.0",
  summary: "Runs a Lua script by its SHA-1",
  arguments: scriptArguments("sha1"),
  handler: (call) => evaluateSha(call, false),
};

/** EVALSHA_RO: runs a loaded script that may not write. */
export const EVALSHA_RO: Command = {
  ...COMMON,
  name: "evalsha_ro",
  flags: FLAGS_RO,
  keySpecs: scriptKeys(READING),
  since: "7.0.0",
  summary: "Runs a Lua script that only reads, by its SHA-1",
  arguments: scriptArguments("sha1"),
  handler: (call) => evaluateSha(call, true),
};

function evaluate(call: Call, isReadOnly: boolean): void {
  const { instance, request } = call;
  const keys = keyCount(call);
  if (keys === null) return;
  const { bytes, offsets, lengths } = request;
  runScript(call, instance.scripts.cache.load(bytes, offsets[1]!, lengths[1]!), keys, isReadOnly);
}

function evaluateSha(call: Call, isReadOnly: boolean): void {
  const { instance, request, reply } = call;
  if (request.lengths[1] !== 40) {
    reply.error(NO_SCRIPT);
    return;
  }
  const keys = keyCount(call);
  if (keys === null) return;
  const { cache } = instance.scripts;
  const script = cache.find(request.text(1));
  if (script === undefined) {
    reply.error(NO_SCRIPT);
    return;
  }
  runScript(call, cache.prepare(script), keys, isReadOnly);
}

/** The number of keys, argument 2; null with the error replied. */
export function keyCount({ request, reply }: Call): number | null {
  const count = parseInteger64(request.bytes, request.offsets[2]!, request.lengths[2]!);
  if (count === null) reply.error(ERR.notInteger);
  else if (count > request.argc - 3) {
    reply.error("ERR Number of keys can't be greater than number of args");
  } else if (count < 0) reply.error("ERR Number of keys can't be negative");
  else return Number(count);
  return null;
}

/** Runs a script that is ready; or replies why it is not. */
function runScript(call: Call, script: Script | string, keys: number, isReadOnly: boolean): void {
  const { instance, session, request, reply } = call;
  if (typeof script === "string") {
    reply.error(script);
    return;
  }
  const { flags } = script;
  if ((flags & FLAG.compatible) === 0) {
    const refusal = refusalOfScript(instance, session, {
      writes: (flags & FLAG.noWrites) === 0,
      allowsOom: (flags & FLAG.allowOom) !== 0,
      isReadOnly,
    });
    if (refusal !== null) {
      reply.error(refusal);
      return;
    }
  }
  // Its effects are those of the commands that it calls.
  call.withoutEffect();
  instance.scripts.run(session, request, script, { keys, isReadOnly });
}
