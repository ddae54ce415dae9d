import type { Command } from "../session/command.ts";
import { acl } from "./acl/index.ts";
import { bitmaps } from "./bitmaps/index.ts";
import { connection } from "./connection/index.ts";
import { databases } from "./databases/index.ts";
import { debug } from "./debug/index.ts";
import { geo } from "./geo/index.ts";
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
import { streams } from "./streams/index.ts";
import { strings } from "./strings/index.ts";
import { transactions } from "./transactions/index.ts";
import { zsets } from "./zsets/index.ts";

const families = {
  strings,
  bitmaps,
  lists,
  hyperloglog,
  hashes,
  sets,
  zsets,
  geo,
  sorting,
  streams,
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
};

/** The name of a family of commands: of its folder here, in the model and in the generators. */
export type FamilyName = keyof typeof families;

/**
 * Every family by its name. Whoever needs something of his own for each family declares a record
 * over `FamilyName`, so that the compiler names what is missing.
 */
export const FAMILIES: { readonly [Name in FamilyName]: readonly Command[] } = families;

/** Every command of the server, family by family. */
export const commands: readonly Command[] = Object.values(FAMILIES).flat();
