/** Every command, family by family. */
import { aclCommands } from "./acl/index.ts";
import { bitmapCommands } from "./bitmaps/index.ts";
import type { Command, Family, Find } from "./command.ts";
import { connectionCommands } from "./connection/index.ts";
import { databaseCommands } from "./databases/index.ts";
import { debugCommands } from "./debug/index.ts";
import { commandError } from "./errors.ts";
import { geoCommands } from "./geo/index.ts";
import { hashCommands } from "./hashes/index.ts";
import { hyperloglogCommands } from "./hyperloglog/index.ts";
import { introspectionCommands } from "./introspection/index.ts";
import { keyCommands } from "./keys/index.ts";
import { listCommands } from "./lists/index.ts";
import { pubsubCommands } from "./pubsub/index.ts";
import { replicationCommands } from "./replication/index.ts";
import { scriptingCommands } from "./scripting/index.ts";
import { serverCommands } from "./server/index.ts";
import { setCommands } from "./sets/index.ts";
import { sortingCommands } from "./sorting/index.ts";
import { streamCommands } from "./streams/index.ts";
import { stringCommands } from "./strings/index.ts";
import { lower } from "./text.ts";
import { transactionCommands } from "./transactions/index.ts";
import { sortedSetCommands } from "./zsets/index.ts";

/** Every family by its name. */
export const families = {
  strings: stringCommands,
  bitmaps: bitmapCommands,
  lists: listCommands,
  hyperloglog: hyperloglogCommands,
  hashes: hashCommands,
  sets: setCommands,
  zsets: sortedSetCommands,
  geo: geoCommands,
  sorting: sortingCommands,
  streams: streamCommands,
  keys: keyCommands,
  databases: databaseCommands,
  transactions: transactionCommands,
  connection: connectionCommands,
  acl: aclCommands,
  server: serverCommands,
  introspection: introspectionCommands,
  debug: debugCommands,
  scripting: scriptingCommands,
  pubsub: pubsubCommands,
  replication: replicationCommands,
};

/** Every command that the model knows. */
export const commands: Family = Object.assign({}, ...Object.values(families));

const own = (family: Family, name: string): Command | undefined =>
  Object.hasOwn(family, name) ? family[name] : undefined;

/** The command that the arguments name; its own name has the subcommand after a bar. */
export const findCommand: Find = ([given = "", subcommand, ...rest]) => {
  const name = lower(given);
  const command = own(commands, name);
  if (command === undefined) {
    const args = subcommand === undefined ? rest : [subcommand, ...rest];
    return { _tag: "Missing", error: commandError("UnknownCommand", given, args) };
  }
  if (command.subcommands === undefined || subcommand === undefined)
    return { _tag: "Found", name, command };
  const inner = own(command.subcommands, lower(subcommand));
  if (inner === undefined)
    return { _tag: "Missing", error: commandError("UnknownSubcommand", given, subcommand) };
  return { _tag: "Found", name: `${name}|${lower(subcommand)}`, command: inner };
};
