/** EVAL, EVALSHA and their read-only forms. */
import type { Request } from "../../resp/request.ts";
import type { Script } from "../../scripting/script-cache.ts";
import { FLAG, parseShebang } from "../../scripting/shebang.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { KeyFlag } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { Instance } from "../../session/instance.ts";
import { refusalOfScript } from "../../session/script-admission.ts";
import { keyCount, NOTES, NOTES_RO, scriptArguments, scriptKeys } from "./keys.ts";

const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
const WRITING: readonly KeyFlag[] = ["RW", "access", "update"];
const READING: readonly KeyFlag[] = ["RO", "access"];

const HASH = 35;

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
  scriptFlags: bodyFlags,
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
  scriptFlags: bodyFlags,
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
  scriptFlags: knownFlags,
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
  scriptFlags: knownFlags,
  keySpecs: scriptKeys(READING),
  since: "7.0.0",
  summary: "Runs a Lua script that only reads, by its SHA-1",
  arguments: scriptArguments("sha1"),
  handler: (call) => evaluateSha(call, true),
};

/** What a script's first line says. */
function bodyFlags({ scripts }: Instance, request: Request): number | null {
  const { bytes, offsets, lengths } = request;
  const start = offsets[1]!;
  if (bytes[start] !== HASH) return null;
  const known = scripts.cache.findBody(bytes, start, lengths[1]!);
  if (known !== undefined) return known.flags;
  const shebang = parseShebang(request.text(1));
  return shebang.error === null ? shebang.flags : null;
}

/** What the first line of a script says that has been loaded. */
function knownFlags({ scripts }: Instance, request: Request): number | null {
  return scripts.cache.find(request.text(1))?.flags ?? null;
}

function evaluate(call: Call, isReadOnly: boolean): void {
  const { instance, request, reply } = call;
  const keys = keyCount(request, ERR.notInteger);
  if (typeof keys === "string") {
    reply.error(keys);
    return;
  }
  const { bytes, offsets, lengths } = request;
  runScript(call, instance.scripts.cache.load(bytes, offsets[1]!, lengths[1]!), keys, isReadOnly);
}

function evaluateSha(call: Call, isReadOnly: boolean): void {
  const { instance, request, reply } = call;
  if (request.lengths[1] !== 40) {
    reply.error(NO_SCRIPT);
    return;
  }
  const keys = keyCount(request, ERR.notInteger);
  if (typeof keys === "string") {
    reply.error(keys);
    return;
  }
  const { cache } = instance.scripts;
  const script = cache.find(request.text(1));
  if (script === undefined) {
    reply.error(NO_SCRIPT);
    return;
  }
  runScript(call, cache.prepare(script), keys, isReadOnly);
}

/** Runs a script that is ready; or replies why it is not. */
function runScript(call: Call, script: Script | string, keys: number, isReadOnly: boolean): void {
  const { instance, session, reply } = call;
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
  const { engine } = instance.scripts;
  const { chunk, sha: name } = script;
  instance.scripts.run(call, {
    kind: "eval",
    engine,
    chunk,
    name,
    flags,
    isReadOnly,
    firstKey: 3,
    keys,
  });
}
