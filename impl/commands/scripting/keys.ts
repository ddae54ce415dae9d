/** The keys of scripts and functions: their number is argument 2. */
import { type Integer64, parseInteger64 } from "../../engine/integers.ts";
import type { Request } from "../../resp/request.ts";
import type { Argument, KeyFlag, KeySpec } from "../../session/command-declaration.ts";

/** The key spec. */
export function scriptKeys(flags: readonly KeyFlag[], notes?: string): readonly KeySpec[] {
  return [
    {
      flags,
      ...(notes === undefined ? {} : { notes }),
      begin: { type: "index", index: 2 },
      find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 1 },
    },
  ];
}

/** The arguments of a command that runs what `name` names. */
export function scriptArguments(name: string): readonly Argument[] {
  return [
    { name, type: "string" },
    { name: "numkeys", type: "integer" },
    { name: "key", type: "key", keySpecIndex: 0, flags: ["optional", "multiple"] },
    { name: "arg", type: "string", flags: ["optional", "multiple"] },
  ];
}

/** What COMMAND INFO says of the keys of scripts, in Redis' words. */
export const NOTES =
  "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
export const NOTES_RO =
  "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS";

/**
 * The number of keys, or the error that there is none.
 *
 * @param notInteger the error of an argument that is no integer
 */
export function keyCount(request: Request, notInteger: string): number | string {
  const { bytes, offsets, lengths, argc } = request;
  const count: Integer64 | null = parseInteger64(bytes, offsets[2]!, lengths[2]!);
  if (count === null) return notInteger;
  if (count > argc - 3) return "ERR Number of keys can't be greater than number of args";
  return count < 0 ? "ERR Number of keys can't be negative" : Number(count);
}
