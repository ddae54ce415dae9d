/** Everything that the checks draw from, family by family. */

import type fc from "fast-check";
import type { FamilyName } from "../../impl/commands/index.ts";
import type { TypeName } from "../../model/keyspace/index.ts";
import { drawsWaits } from "../waiting.ts";
import { acl } from "./acl/index.ts";
import { bitmaps } from "./bitmaps/index.ts";
import { connection } from "./connection/index.ts";
import { databases } from "./databases/index.ts";
import { debug } from "./debug/index.ts";
import { geo } from "./geo/index.ts";
import type { CommandEntry, Family, Scenario } from "./grammar.ts";
import { hashes } from "./hashes/index.ts";
import { hyperloglog } from "./hyperloglog/index.ts";
import { introspection } from "./introspection/index.ts";
import { keys } from "./keys/index.ts";
import { lists } from "./lists/index.ts";
import { pubsub } from "./pubsub/index.ts";
import { replication } from "./replication/index.ts";
import { scripting } from "./scripting/index.ts";
import { server } from "./server/index.ts";
import { sets } from "./sets/index.ts";
import { sorting } from "./sorting/index.ts";
import type { Invocation } from "./step.ts";
import { streams } from "./streams/index.ts";
import { strings } from "./strings/index.ts";
import { transactions } from "./transactions/index.ts";
import { unknown } from "./unknown/index.ts";
import { zsets } from "./zsets/index.ts";

/** A family of the server's commands, or what is no command at all. */
export type DrawnFamily = FamilyName | "streams" | "unknown";

/** The families by name. */
export const families: Readonly<Record<DrawnFamily, Family>> = {
  strings,
  bitmaps,
  lists,
  streams,
  hyperloglog,
  hashes,
  sets,
  zsets,
  geo,
  sorting,
  keys,
  databases,
  transactions,
  connection,
  acl,
  server,
  introspection,
  debug,
  scripting,
  pubsub,
  replication,
  unknown,
};

/** Their names. */
export const familyNames = Object.keys(families) as ReadonlyArray<DrawnFamily>;

/** The commands of some families; of all of them when none is named. */
export function commandsOf(names: ReadonlyArray<DrawnFamily>): ReadonlyArray<CommandEntry> {
  const chosen = names.length > 0 ? names : familyNames;
  return chosen.flatMap((name) => families[name].commands);
}

/** All commands. */
export const commandTable: ReadonlyArray<CommandEntry> = commandsOf([]);

/**
 * The commands on data: whatever changes data is among them, those left out that wait, for checks
 * that follow nobody who does.
 */
export const dataCommands: ReadonlyArray<CommandEntry> = Object.values(families)
  .filter((family) => family.onData)
  .flatMap((family) => family.commands)
  .filter((entry) => !drawsWaits(entry));

/** What belongs together, of all families. */
export const scenarios: ReadonlyArray<Scenario> = Object.values(families).flatMap(
  (family) => family.scenarios ?? [],
);

/** Every command that changes the key, or looks as if it did, or changes it only when it exists. */
export function disturbances(key: string): ReadonlyArray<Invocation> {
  return Object.values(families).flatMap((family) => family.disturbances?.(key) ?? []);
}

const typeOfEntry = new Map<CommandEntry, TypeName>();
for (const { type, commands } of Object.values(families)) {
  if (type !== undefined) for (const entry of commands) typeOfEntry.set(entry, type);
}

/** The type of the values that the command is for, if it is for one. */
export function typeFor(entry: CommandEntry): TypeName | undefined {
  return typeOfEntry.get(entry);
}

const makesOfEntry = new Map(
  Object.values(families).flatMap(({ makes, commands }) =>
    makes === undefined ? [] : commands.map((entry) => [entry, makes] as const),
  ),
);

/** What makes values that the command is for, where its type's own values are not. */
export function makesFor(entry: CommandEntry): fc.Arbitrary<Invocation> | undefined {
  return makesOfEntry.get(entry);
}

const timedNames = new Set(commandTable.filter((entry) => entry.timed).map((entry) => entry.name));

/** True when the reply or effect of the command depends on the millisecond at which it runs. */
export function isTimed(name: string): boolean {
  return timedNames.has(name);
}

const throughoutNames = new Set(["EXEC"]);
for (const entry of commandTable) {
  if (entry.timed === "throughout") throughoutNames.add(entry.name);
}

/** True when more than one moment may matter to the command, or to one that it runs. */
export function isTimedThroughout(name: string): boolean {
  return throughoutNames.has(name);
}
