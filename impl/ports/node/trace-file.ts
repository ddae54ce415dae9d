import { openSync, writeSync } from "node:fs";
import type { Trace } from "../trace.ts";

/**
 * A trace that writes each step at once as a line of JSON, so that a killed process leaves all that
 * it did: `{"spec":"log","action":"Write","fields":{"to":3}}`.
 *
 * @param path a new file, or one that steps are added to
 */
export function traceFile(path: string): Trace {
  const file = openSync(path, "a");
  return {
    enabled: true,
    step: (spec, action, fields) => {
      writeSync(file, `${JSON.stringify({ spec, action, fields })}\n`);
    },
  };
}
