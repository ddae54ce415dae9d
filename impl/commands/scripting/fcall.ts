/** FCALL and its read-only form. */
import type { Request } from "../../resp/request.ts";
import { FLAG } from "../../scripting/shebang.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Instance } from "../../session/instance.ts";
import { refusalOfScript } from "../../session/script-admission.ts";
import { keyCount, NOTES, NOTES_RO, scriptArguments, scriptKeys } from "./keys.ts";

const COMMON = {
  arity: -3,
  acl: ["scripting"],
  group: "scripting",
  since: "7.0.0",
  complexity: "That of the function",
  arguments: scriptArguments("function"),
  scriptFlags: ({ data }: Instance, request: Request) =>
    data.libraries.find(request.text(1))?.flags ?? null,
} as const;

/** FCALL: calls a function. */
export const FCALL: Command = {
  ...COMMON,
  name: "fcall",
  flags: ["noscript", "skip_monitor", "may_replicate", "no_mandatory_keys", "stale"],
  keySpecs: scriptKeys(["RW", "access", "update"], NOTES),
  summary: "Calls a function",
  handler: (call) => callFunction(call, false),
};

/** FCALL_RO: calls a function that may not write. */
export const FCALL_RO: Command = {
  ...COMMON,
  name: "fcall_ro",
  flags: ["noscript", "skip_monitor", "no_mandatory_keys", "stale", "readonly"],
  keySpecs: scriptKeys(["RO", "access"], NOTES_RO),
  summary: "Calls a function that only reads",
  handler: (call) => callFunction(call, true),
};

function callFunction(call: Call, isReadOnly: boolean): void {
  const { instance, session, request, reply } = call;
  const called = instance.data.libraries.find(request.text(1));
  if (called === undefined) {
    reply.error("ERR Function not found");
    return;
  }
  const keys = keyCount(request, "ERR Bad number of keys provided");
  if (typeof keys === "string") {
    reply.error(keys);
    return;
  }
  const { flags } = called;
  const refusal = refusalOfScript(instance, session, {
    writes: (flags & FLAG.noWrites) === 0,
    allowsOom: (flags & FLAG.allowOom) !== 0,
    isReadOnly,
  });
  if (refusal !== null) {
    reply.error(refusal);
    return;
  }
  const { engine } = instance.scripts.functions;
  const ready = engine.prepare(called);
  if (typeof ready === "string") {
    reply.error(`ERR ${ready}`);
    return;
  }
  instance.scripts.run(call, {
    kind: "function",
    engine: engine.engine,
    ...ready,
    name: called.name,
    ...{ flags, isReadOnly, firstKey: 3, keys },
  });
}
