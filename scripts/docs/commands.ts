/** docs/COMMANDS.md, from the declarations of the commands. */
import { commands } from "../../impl/commands/index.ts";
import type { Command } from "../../impl/session/command.ts";
import type { Argument, CommandGroup } from "../../impl/session/command-declaration.ts";
import { markdownTable } from "./table.ts";

/** The heading of every group, in the order of the page. */
const TITLES: Readonly<Record<CommandGroup, string>> = {
  string: "Strings",
  bitmap: "Bitmaps",
  list: "Lists",
  set: "Sets",
  "sorted-set": "Sorted sets",
  hash: "Hashes",
  stream: "Streams",
  hyperloglog: "HyperLogLogs",
  geo: "Geospatial indexes",
  generic: "Keys",
  transactions: "Transactions",
  scripting: "Scripting",
  pubsub: "Publish and subscribe",
  connection: "Connections",
  server: "Server",
  cluster: "Cluster",
  sentinel: "Sentinel",
};

/** The page: every command with its syntax, by group. */
export function commandsPage(): string {
  const count = commands.reduce((sum, command) => sum + 1 + (command.subcommands?.length ?? 0), 0);
  const groups = Object.keys(TITLES) as readonly CommandGroup[];
  const tables = groups
    .filter((group) => commands.some((command) => command.group === group))
    .map(table);
  const later = commands.flatMap((command) =>
    [command, ...(command.subcommands ?? [])]
      .filter(({ since }) => isLater(since))
      .map((one) => `${nameOf(command, one)} (${one.since})`),
  );
  return `# Commands

Generated from the declarations in \`impl/commands/\` by \`pnpm run docs\`: ${commands.length} commands, ${count} with their subcommands. Each does what its namesake in Redis 7.0.15 does, with the same replies and errors. Beyond Redis 7.0 are ${later.map((text) => `\`${text}\``).join(", ")}, as the release in brackets has them; [DIFFERENCES](DIFFERENCES.md) lists what differs on purpose.

${tables.join("\n")}`;
}

const HEADINGS = ["command", "what it does", "complexity", "since"];

function table(group: CommandGroup): string {
  const rows = commands
    .filter((command) => command.group === group)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((command) =>
      [command, ...(command.subcommands ?? [])].map((one) => row(command, one)),
    );
  return `## ${TITLES[group]}\n\n${markdownTable([HEADINGS, ...rows])}`;
}

function row(command: Command, one: Command): readonly string[] {
  const syntax = [nameOf(command, one), ...(one.arguments ?? []).map(show)]
    .join(" ")
    .replaceAll("|", "\\|");
  return [`\`${syntax}\``, one.summary, one.complexity ?? "", one.since];
}

function nameOf(command: Command, one: Command): string {
  return (one === command ? one.name : `${command.name} ${one.name}`).toUpperCase();
}

/** Whether a release is later than 7.0. */
function isLater(since: string): boolean {
  const [major, minor] = since.split(".").map(Number) as [number, number];
  return major > 7 || (major === 7 && minor > 0);
}

/** An argument in the notation of Redis' manual: brackets for optional, dots for repeated ones. */
function show(argument: Argument): string {
  const flags = argument.flags ?? [];
  const inner = value(argument);
  const token = argument.token;
  let text = inner;
  if (token !== undefined) text = inner === "" ? token : `${token} ${inner}`;
  if (flags.includes("multiple"))
    text += ` [${flags.includes("multiple_token") ? text : inner} ...]`;
  return flags.includes("optional") ? `[${text}]` : text;
}

function value(argument: Argument): string {
  const parts = argument.arguments?.map(show) ?? [];
  if (argument.type === "pure-token") return "";
  if (argument.type === "oneof") return `<${parts.join(" | ")}>`;
  if (argument.type === "block") return parts.join(" ");
  return argument.displayText ?? argument.name;
}
