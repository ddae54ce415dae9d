/** ACL's subcommands that tell what rules mean. */
import { CATEGORIES, categoryBit } from "../../access/categories.ts";
import type { Denial } from "../../access/permission.ts";
import type { Request } from "../../resp/request.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { CommandRecord } from "../../session/command-table.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { denialFor } from "../../session/permissions.ts";
import { argumentsFrom, innerRecord } from "../shared/inner-request.ts";
import { integerArgument } from "../shared/numbers.ts";
import { ADMIN_FLAGS, COMMON, PLAIN_FLAGS } from "./facts.ts";

/** ACL CAT: the categories, or the commands of one. */
export const ACL_CAT: Command = {
  ...COMMON,
  name: "cat",
  arity: -2,
  flags: PLAIN_FLAGS,
  complexity: "O(1)",
  summary: "Shows the categories, or the commands of one of them",
  arguments: [{ name: "categoryname", type: "string", flags: ["optional"] }],
  handler: categories,
};

function categories(call: Call): void {
  const { instance, request, reply } = call;
  if (request.argc > 3) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  if (request.argc === 2) {
    reply.array(CATEGORIES.length);
    for (const name of CATEGORIES) reply.bulkText(name);
    return;
  }
  const category = categoryBit(request.cText(2));
  if (category === 0) {
    reply.error(`ERR Unknown category '${request.cText(2).slice(0, 128)}'`);
    return;
  }
  const names = instance.users.catalog.namesIn(category);
  reply.array(names.length);
  for (const name of names) reply.bulkText(name);
}

/** ACL DRYRUN: whether a user could run a command. */
export const ACL_DRYRUN: Command = {
  ...COMMON,
  name: "dryrun",
  arity: -4,
  flags: ADMIN_FLAGS,
  since: "7.0.0",
  complexity: "O(N) in the number of rules and keys",
  summary: "Tells whether a user may run a command, without running it",
  arguments: [
    { name: "username", type: "string" },
    { name: "command", type: "string" },
    { name: "arg", type: "string", flags: ["optional", "multiple"] },
  ],
  handler: dryRun,
};

function dryRun(call: Call): void {
  const { instance, request, reply } = call;
  const user = instance.users.byName(request.text(2));
  if (user === null) {
    reply.error(`ERR User '${request.cText(2)}' not found`);
    return;
  }
  const inner = argumentsFrom(request, 3);
  const record = innerRecord(call, inner);
  if (record === null) {
    reply.error(`ERR Command '${inner.cText(0)}' not found`);
    return;
  }
  if (!record.accepts(inner.argc)) {
    reply.error(`ERR wrong number of arguments for '${record.fullName}' command`);
    return;
  }
  const denial = denialFor(user, record, inner);
  if (denial === null) reply.ok();
  else reply.bulkText(explanation(denial, record, inner));
}

function explanation({ reason, argument }: Denial, record: CommandRecord, inner: Request): string {
  const what =
    reason === "command"
      ? `run the '${record.fullName}' command`
      : `access the '${inner.cText(argument)}' ${reason}`;
  return `This user has no permissions to ${what}`;
}

const MOST_BITS = 4096;
const USUAL_BITS = 256n;

/** ACL GENPASS: a password that nobody can guess. */
export const ACL_GENPASS: Command = {
  ...COMMON,
  name: "genpass",
  arity: -2,
  flags: PLAIN_FLAGS,
  complexity: "O(1)",
  summary: "Makes a password by chance",
  arguments: [{ name: "bits", type: "integer", flags: ["optional"] }],
  handler: generatePassword,
};

function generatePassword(call: Call): void {
  const { instance, request, reply } = call;
  if (request.argc > 3) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  const bits = request.argc === 3 ? integerArgument(call, 2) : USUAL_BITS;
  if (bits === null) return;
  if (bits <= 0 || bits > MOST_BITS) {
    reply.error(
      "ERR ACL GENPASS argument must be the number of bits for the output password, a positive " +
        `number up to ${MOST_BITS}`,
    );
    return;
  }
  const digits = Math.ceil(Number(bits) / 4);
  let password = "";
  while (password.length < digits) {
    password += instance.random.nextU32().toString(16).padStart(8, "0");
  }
  reply.bulkText(password.slice(0, digits));
}
