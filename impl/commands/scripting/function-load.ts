import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { flag, optional } from "../shared/arguments.ts";

/** FUNCTION LOAD: makes a library of its code. */
export const FUNCTION_LOAD: Command = {
  name: "load",
  arity: -3,
  flags: ["noscript", "write", "denyoom"],
  acl: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  group: "scripting",
  since: "7.0.0",
  complexity: "O(N) in the length of the code, and what it does when it is loaded",
  summary: "Makes a library of functions",
  arguments: [optional(flag("replace")), { name: "function-code", type: "string" }],
  handler: functionLoad,
};

function functionLoad({ instance, request, reply, origin }: Call): void {
  const last = request.argc - 1;
  for (let i = 2; i < last; i++) {
    if (request.is(i, "replace")) continue;
    // What is taken for an option may well be the code.
    reply.error(`ERR Unknown option given: ${request.cText(i).replace(/[\r\n]+$/, "")}`);
    return;
  }
  const { bytes, offsets, lengths } = request;
  const start = offsets[last]!;
  // Not `slice`: a Buffer's shares its bytes.
  const code = new Uint8Array(bytes.subarray(start, start + lengths[last]!));
  const loaded = instance.scripts.functions.load(code, last > 2, origin === "replay");
  if ("error" in loaded) {
    reply.error(`ERR ${loaded.error}`);
    return;
  }
  instance.data.changes.add(1);
  reply.bulkText(loaded.name);
}
