import type { Command } from "../session/command.ts";
import { connection } from "./connection/index.ts";
import { databases } from "./databases/index.ts";
import { debug } from "./debug/index.ts";
import { introspection } from "./introspection/index.ts";
import { keys } from "./keys/index.ts";
import { replication } from "./replication/index.ts";
import { scripting } from "./scripting/index.ts";
import { server } from "./server/index.ts";
import { strings } from "./strings/index.ts";
import { transactions } from "./transactions/index.ts";

/** Every command of the server, family by family. */
export const commands: readonly Command[] = [
  ...strings,
  ...keys,
  ...databases,
  ...transactions,
  ...connection,
  ...server,
  ...introspection,
  ...debug,
  ...scripting,
  ...replication,
];
