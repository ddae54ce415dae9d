import { cString } from "../config/numbers.ts";

/**
 * Joins what stands in parentheses to one rule: a client may send a selector as several arguments.
 *
 * @returns the rules, or the argument whose parenthesis is not closed
 */
export function mergeRules(
  args: readonly string[],
): { readonly rules: readonly string[] } | { readonly unmatched: string } {
  const rules: string[] = [];
  let selector: string | null = null;
  let begun = "";
  for (const arg of args) {
    if (arg.startsWith("(") && !arg.endsWith(")")) {
      selector = arg;
      begun = arg;
    } else if (selector === null) {
      rules.push(arg);
    } else {
      selector += ` ${cString(arg)}`;
      if (arg.endsWith(")")) {
        rules.push(selector);
        selector = null;
      }
    }
  }
  return selector === null ? { rules } : { unmatched: begun };
}
