/** FUNCTION DUMP and RESTORE: all libraries as bytes, in Redis' own format. */
import { dumpLibraries, readLibraries } from "../../rdb/libraries.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { flag, oneOf, optional } from "../shared/arguments.ts";

const COMMON = { acl: ["scripting"], group: "scripting", since: "7.0.0" } as const;

/** FUNCTION DUMP: all libraries as bytes. */
export const FUNCTION_DUMP: Command = {
  ...COMMON,
  name: "dump",
  arity: 2,
  flags: ["noscript"],
  complexity: "O(N) in the number of functions",
  summary: "Writes all libraries in Redis' own format",
  handler: functionDump,
};

function functionDump({ instance, reply }: Call): void {
  const payload = dumpLibraries([...instance.data.libraries].map(({ code }) => code));
  reply.bulk(payload, 0, payload.length);
}

/** FUNCTION RESTORE: libraries of what FUNCTION DUMP has written. */
export const FUNCTION_RESTORE: Command = {
  ...COMMON,
  name: "restore",
  arity: -3,
  flags: ["noscript", "write", "denyoom"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  complexity: "O(N) in the number of functions",
  summary: "Makes libraries of what FUNCTION DUMP has written",
  arguments: [
    { name: "serialized-value", type: "string" },
    optional(oneOf("policy", flag("flush"), flag("append"), flag("replace"))),
  ],
  handler: functionRestore,
};

const POLICIES = ["append", "replace", "flush"] as const;

function functionRestore({ instance, request, reply, origin }: Call): void {
  if (request.argc > 4) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  const policy = request.argc === 3 ? "append" : POLICIES.find((word) => request.is(3, word));
  if (policy === undefined) {
    reply.error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    return;
  }
  const codes = readLibraries(request.bytes, request.offsets[2]!, request.lengths[2]!);
  const error =
    typeof codes === "string"
      ? codes
      : instance.scripts.functions.restore(codes, policy, origin === "replay");
  if (error !== null) {
    reply.error(`ERR ${error}`);
    return;
  }
  instance.data.changes.add(1);
  reply.ok();
}
