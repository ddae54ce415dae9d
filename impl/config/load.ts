/** Applies configuration files to a configuration. */
import {
  BAD_DIRECTIVE,
  type ConfFailure,
  type ConfFiles,
  type ConfSource,
  readConf,
  type Statement,
} from "./conf-file.ts";
import type { Config } from "./config.ts";
import { findDirective, RETIRED_DIRECTIVES } from "./directives.ts";
import { splitArgs } from "./quoting.ts";

/** Applies a statement that sets no value; returns why it cannot be applied, or null. */
export type ApplyOther = (statement: Statement) => string | null;

/** Least and most arguments of the directives that are no values. */
const OTHER_DIRECTIVES = new Map<string, readonly [number, number]>([
  ["rename-command", [2, 2]],
  ["user", [1, Number.POSITIVE_INFINITY]],
  ["loadmodule", [1, Number.POSITIVE_INFINITY]],
]);

/**
 * Reads and applies configuration texts, line by line; the first line that cannot be read or
 * applied ends it, and the configuration is then not to be used.
 *
 * @param sources the texts in order of precedence, the last one wins: file, standard input, options
 * @param applyOther is given `rename-command`, `user`, `loadmodule` and module settings (names with
 *   a dot), in their order
 * @returns the failure, or null
 */
export function loadConf(
  config: Config,
  sources: readonly ConfSource[],
  files: ConfFiles,
  applyOther: ApplyOther,
): ConfFailure | null {
  const statements = readConf(sources, files, () => config.get("dir"));
  for (;;) {
    const next = statements.next();
    if (next.done === true) return next.value ?? contradiction(config);
    const reason = apply(config, next.value, applyOther);
    if (reason !== null) return { at: next.value.at, reason };
  }
}

/** What is wrong with the configuration as a whole, or null. */
function contradiction(config: Config): ConfFailure | null {
  if (!config.get("cluster-enabled") || config.get("replicaof") === null) return null;
  return { at: null, reason: "replicaof directive not allowed in cluster mode" };
}

/** Applies one statement; returns why it cannot be applied, or null. */
function apply(config: Config, statement: Statement, applyOther: ApplyOther): string | null {
  const { name, args, afterInclude } = statement;
  const known = findDirective(name);
  if (known !== undefined) {
    const isList = known.directive.kind.multiArg && args.length === 1 && args[0] !== "";
    return config.load(known, isList ? (splitArgs(args[0]!) ?? []) : args, !afterInclude);
  }
  if (RETIRED_DIRECTIVES.has(name) && args.length === 1) return null;
  const bounds = OTHER_DIRECTIVES.get(name);
  if (bounds !== undefined && args.length >= bounds[0] && args.length <= bounds[1]) {
    return applyOther(statement);
  }
  if (name.includes(".")) {
    return args.length === 0 ? "Module config specified without value" : applyOther(statement);
  }
  if (name !== "sentinel") return BAD_DIRECTIVE;
  return args.length === 0 ? null : "sentinel directive while not in sentinel mode";
}
