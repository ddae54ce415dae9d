/** Every directive of redis.conf 7.0.15, and how to find it by a name. */
import type { Directive } from "./directive.ts";
import { DATA } from "./directives-data.ts";
import { CLUSTER, PERSISTENCE, REPLICATION } from "./directives-durability.ts";
import { NETWORK } from "./directives-network.ts";
import { SERVER } from "./directives-server.ts";

/** The directives by theme, for the docs. */
export const DIRECTIVE_GROUPS: ReadonlyArray<readonly [string, readonly Directive[]]> = [
  ["Network and connections", NETWORK],
  ["Server, logs and access", SERVER],
  ["Memory, expiry and encodings", DATA],
  ["Persistence", PERSISTENCE],
  ["Replication", REPLICATION],
  ["Cluster", CLUSTER],
];

const ALL = [...NETWORK, ...SERVER, ...DATA, ...PERSISTENCE, ...REPLICATION, ...CLUSTER] as const;

/** Every directive, in the order of the docs. */
export const DIRECTIVES: readonly Directive[] = ALL;

type Known = (typeof ALL)[number];

/** The primary name of a directive. */
export type DirectiveName = Known["name"];

/** The values as code reads them, by primary name. */
export type ConfigValues = {
  readonly [D in Known as D["name"]]: D extends Directive<string, infer _S, infer P> ? P : never;
};

/** A name by which a directive is known: its own or its alias. */
export interface KnownName {
  readonly name: string;
  readonly directive: Directive;
}

const BY_NAME = new Map<string, KnownName>();
for (const directive of DIRECTIVES) {
  BY_NAME.set(directive.name, { name: directive.name, directive });
  if (directive.alias !== undefined) {
    BY_NAME.set(directive.alias, { name: directive.alias, directive });
  }
}

/** Every name of every directive. */
export const KNOWN_NAMES: readonly KnownName[] = [...BY_NAME.values()];

/** Finds a directive by its name or alias in any case. */
export function findDirective(name: string): KnownName | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Lines of older configuration files that are accepted with one argument and mean nothing. */
export const RETIRED_DIRECTIVES: ReadonlySet<string> = new Set([
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
  "lua-replicate-commands",
]);
