import type { Refusal } from "../../access/refusals.ts";
import { formatDouble } from "../../engine/doubles.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { integerArgument } from "../shared/numbers.ts";
import { ADMIN_FLAGS, COMMON } from "./facts.ts";

const USUAL_COUNT = 10n;

/** ACL LOG: what was refused lately, the latest first. */
export const ACL_LOG: Command = {
  ...COMMON,
  name: "log",
  arity: -2,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of entries shown",
  summary: "Shows what was refused lately, or forgets it",
  arguments: [
    {
      name: "operation",
      type: "oneof",
      flags: ["optional"],
      arguments: [
        { name: "count", type: "integer" },
        { name: "reset", type: "pure-token", token: "RESET" },
      ],
    },
  ],
  handler: log,
};

function log(call: Call): void {
  const { instance, request, reply } = call;
  if (request.argc > 3) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  if (request.argc === 3 && request.is(2, "reset")) {
    instance.refusals.reset();
    reply.ok();
    return;
  }
  const count = request.argc === 3 ? integerArgument(call, 2) : USUAL_COUNT;
  if (count === null) return;
  const entries = instance.refusals.latest(count < 0 ? 0 : Number(count));
  reply.array(entries.length);
  for (const entry of entries) writeEntry(call, entry);
}

function writeEntry({ reply, instance }: Call, entry: Refusal): void {
  reply.map(7);
  reply.bulkText("count");
  reply.integer(entry.count);
  for (const field of ["reason", "context", "object", "username"] as const) {
    reply.bulkText(field);
    reply.bulkText(entry[field]);
  }
  reply.bulkText("age-seconds");
  reply.doubleText(formatDouble((instance.time.nowMs - entry.atMs) / 1000));
  reply.bulkText("client-info");
  reply.bulkText(entry.client);
}
