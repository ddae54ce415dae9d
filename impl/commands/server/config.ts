import type { RewriteOption } from "../../config/rewrite.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import type { Instance } from "../../session/instance.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";

const COMMON = {
  flags: ["admin", "noscript", "loading", "stale"],
  acl: [],
  group: "server",
  consultsNoData: true,
} as const satisfies Partial<Command>;

/** CONFIG GET: the directives that match any of the patterns, as a map. */
const CONFIG_GET: Command = {
  ...COMMON,
  name: "get",
  arity: -3,
  since: "2.0.0",
  complexity: "O(N) in the number of directives that are asked for",
  summary: "Shows directives and their values",
  history: [["7.0.0", "Takes several patterns."]],
  arguments: [
    {
      name: "parameter",
      type: "block",
      flags: ["multiple"],
      arguments: [{ name: "parameter", type: "string" }],
    },
  ],
  handler: configGet,
};

function configGet(call: Call): void {
  const { instance, request, reply } = call;
  const patterns: string[] = [];
  for (let i = 2; i < request.argc; i++) patterns.push(request.text(i));
  const found = instance.config.match(patterns);
  reply.map(found.length);
  for (const [name, value] of found) {
    reply.bulkText(name);
    reply.bulkText(value);
  }
}

/** CONFIG SET: all of the values or none. */
const CONFIG_SET: Command = {
  ...COMMON,
  name: "set",
  arity: -4,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  since: "2.0.0",
  complexity: "O(N) in the number of directives that are set",
  summary: "Sets directives, all of them or none",
  history: [["7.0.0", "Sets several directives."]],
  arguments: [
    {
      name: "parameter_value",
      type: "block",
      flags: ["multiple"],
      arguments: [
        { name: "parameter", type: "string" },
        { name: "value", type: "string" },
      ],
    },
  ],
  handler: configSet,
};

function configSet(call: Call): void {
  const { instance, session, request, reply } = call;
  if (request.argc % 2 !== 0) {
    reply.error(ERR.syntax);
    return;
  }
  const pairs: [string, string][] = [];
  for (let i = 2; i < request.argc; i += 2) {
    const name = request.text(i);
    if (instance.config.isSensitive(name)) call.redact(i + 1);
    pairs.push([name, request.text(i + 1)]);
  }
  // `always` is promised when all that was shown before lasts; the end of a log likewise.
  if (pairs.some(([name]) => PROMISES.has(name.toLowerCase()))) session.consultsData = true;
  const error = instance.config.setMany(pairs, {
    isLocal: instance.isLocal(session),
    isLoading: instance.persistence.loading !== null,
  });
  if (error === null) reply.ok();
  else reply.error(error);
}

/** Directives that say what lasts: their acknowledgement waits for what was executed before. */
const PROMISES: ReadonlySet<string> = new Set(["appendonly", "appendfsync"]);

/** CONFIG RESETSTAT: the statistics of the server, its commands and its errors begin anew. */
const CONFIG_RESETSTAT: Command = {
  ...COMMON,
  name: "resetstat",
  arity: 2,
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Forgets the statistics that INFO shows",
  handler: configResetStat,
};

function configResetStat(call: Call): void {
  const { instance, reply } = call;
  instance.statistics.reset();
  instance.eviction.resetStatistics();
  for (const record of instance.commands.records) record.resetStatistics();
  reply.ok();
}

/** CONFIG REWRITE: the configuration file says what is in force. */
const CONFIG_REWRITE: Command = {
  ...COMMON,
  name: "rewrite",
  arity: 2,
  since: "2.8.0",
  complexity: "O(1)",
  summary: "Writes the values in force into the configuration file",
  handler: configRewrite,
};

function configRewrite(call: Call): void {
  const { instance, reply } = call;
  const { config, control, facts } = instance;
  if (facts.configFile === "") {
    reply.error("ERR The server is running without a config file");
    return;
  }
  const failure = control.rewriteFile(facts.configFile, (text) =>
    config.rewrite(text, [usersOption(instance)]),
  );
  if (failure === null) {
    control.log("CONFIG REWRITE executed with success.");
    reply.ok();
  } else {
    control.log(`CONFIG REWRITE failed: ${failure}`);
    reply.error(`ERR Rewriting config file: ${failure}`);
  }
}

/** The lines that make the users; none where a file of its own does. */
function usersOption({ config, users }: Instance): RewriteOption {
  const lines = config.get("aclfile") === "" ? users.describe() : [];
  return { name: "user", lines: lines.map((text) => ({ text, force: true })) };
}

const HELP: readonly HelpEntry[] = [
  ["GET <pattern>", "Return parameters matching the glob-like <pattern> and their values."],
  ["SET <directive> <value>", "Set the configuration <directive> to <value>."],
  ["RESETSTAT", "Reset statistics reported by the INFO command."],
  ["REWRITE", "Rewrite the configuration file."],
];

/** CONFIG and its subcommands. */
export const CONFIG: Command = {
  name: "config",
  arity: -2,
  flags: [],
  acl: [],
  group: "server",
  since: "2.0.0",
  complexity: "That of the subcommand",
  summary: "Shows and changes the configuration",
  subcommands: [
    CONFIG_GET,
    helpSubcommand(HELP, { acl: [], group: "server", since: "5.0.0" }),
    CONFIG_RESETSTAT,
    CONFIG_REWRITE,
    CONFIG_SET,
  ],
};
