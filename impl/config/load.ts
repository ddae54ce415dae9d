/** Applies a configuration file to a configuration. */
import { BAD_DIRECTIVE, type Conf, type ConfFailure, type Statement } from "./conf-file.ts";
import type { Config } from "./config.ts";
import { findDirective, RETIRED_DIRECTIVES } from "./directives.ts";
import { splitArgs } from "./quoting.ts";

/** The outcome: the statements that are no values, for those who act on them; or a failure. */
export type Loaded =
  | { readonly others: readonly Statement[]; readonly failure: null }
  | { readonly failure: ConfFailure };

/** Least and most arguments of the directives that are no values. */
const OTHER_DIRECTIVES = new Map<string, readonly [number, number]>([
  ["rename-command", [2, 2]],
  ["user", [1, Number.POSITIVE_INFINITY]],
  ["loadmodule", [1, Number.POSITIVE_INFINITY]],
]);

/**
 * Applies what was read, line by line; the first line that cannot be applied or read ends it, and
 * the configuration is then not to be used.
 *
 * @returns `rename-command`, `user`, `loadmodule` and module settings, in order
 */
export function loadConf(config: Config, conf: Conf): Loaded {
  const others: Statement[] = [];
  for (const statement of conf.statements) {
    const reason = apply(config, statement, others);
    if (reason !== null) return { failure: { at: statement.at, reason } };
  }
  if (conf.failure !== null) return { failure: conf.failure };
  if (config.get("cluster-enabled") && config.get("replicaof") !== null) {
    return { failure: { at: null, reason: "replicaof directive not allowed in cluster mode" } };
  }
  return { others, failure: null };
}

/** Applies one statement or keeps it in `others`; returns why it cannot be applied, or null. */
function apply(config: Config, statement: Statement, others: Statement[]): string | null {
  const { name, args } = statement;
  const known = findDirective(name);
  if (known !== undefined) {
    const isList = known.directive.kind.multiArg && args.length === 1 && args[0] !== "";
    return config.load(known, isList ? (splitArgs(args[0]!) ?? []) : args);
  }
  if (RETIRED_DIRECTIVES.has(name) && args.length === 1) return null;
  const bounds = OTHER_DIRECTIVES.get(name);
  if (bounds !== undefined && args.length >= bounds[0] && args.length <= bounds[1]) {
    others.push(statement);
    return null;
  }
  if (name.includes(".")) {
    if (args.length === 0) return "Module config specified without value";
    others.push(statement);
    return null;
  }
  if (name !== "sentinel") return BAD_DIRECTIVE;
  return args.length === 0 ? null : "sentinel directive while not in sentinel mode";
}
