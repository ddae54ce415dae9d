/** Configurations of tests and checks. */
import assert from "node:assert/strict";
import { Config } from "../impl/config/config.ts";
import { findDirective } from "../impl/config/directives.ts";
import type { OperatorLog } from "../impl/ports/operator-log.ts";

/**
 * A configuration with these directives, named and written as in redis.conf.
 *
 * @param directory where the server runs
 */
export function configOf(
  directives: Readonly<Record<string, string>>,
  directory = "/data",
): Config {
  const config = new Config({ directory });
  for (const [name, value] of Object.entries(directives)) {
    const known = findDirective(name);
    assert.ok(known !== undefined, `no directive ${name}`);
    const words = known.directive.kind.multiArg ? value.split(" ") : [value];
    const refusal = config.load(known, words);
    assert.equal(refusal, null, `directive ${name} ${value}: ${refusal}`);
  }
  return config;
}

/** An operator who wants to know nothing. */
export const NO_OPERATOR: OperatorLog = { warn: () => {}, notice: () => {}, verbose: () => {} };
