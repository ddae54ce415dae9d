import { assert, CHECKED } from "../../assert.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { CommandFlag } from "../../session/command-declaration.ts";

/** A line of help: a subcommand's syntax and the sentences that explain it. */
export type HelpEntry = readonly [syntax: string, ...sentences: string[]];

/**
 * The HELP subcommand of a container, in the shape of Redis' own: a heading with the command as
 * the client wrote it, each syntax line followed by indented sentences, HELP itself last.
 */
export function helpSubcommand(
  entries: readonly HelpEntry[],
  facts: Pick<Command, "acl" | "group" | "since">,
): Command {
  const flags: readonly CommandFlag[] = ["loading", "stale"];
  return {
    name: "help",
    arity: 2,
    flags,
    complexity: "O(1)",
    summary: "Lists the subcommands and what each does",
    handler: (call) => replyHelp(call, entries),
    ...facts,
  };
}

/** Writes the help of a container. */
export function replyHelp(call: Call, entries: readonly HelpEntry[]): void {
  const { reply, request } = call;
  if (CHECKED) assert(entries.length > 0, "there is something to help with");
  const name = request.text(0).toUpperCase();
  reply.array(3 + entries.reduce((lines, entry) => lines + entry.length, 0));
  reply.simple(`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const [syntax, ...sentences] of entries) {
    reply.simple(syntax);
    for (const sentence of sentences) reply.simple(`    ${sentence}`);
  }
  reply.simple("HELP");
  reply.simple("    Prints this help.");
}
