/** Which arguments of a request are keys, and how the command uses them. */
import { assert, CHECKED } from "../assert.ts";
import { looseInteger, parseInteger64 } from "../engine/integers.ts";
import type { Request } from "../resp/request.ts";
import type { CommandDeclaration, KeyFlag, KeyReference, KeySpec } from "./command-declaration.ts";

/** How a key is used when only its position is known. */
const UNKNOWN_USE: readonly KeyFlag[] = [];

/** True when requests of this command may name keys. */
export function takesKeys(command: CommandDeclaration): boolean {
  return command.keys !== undefined || realSpecs(command).length > 0;
}

/** The key of every request, of a command that has one in the same place always; else null. */
export function onlyKeyOf(command: CommandDeclaration): readonly KeyReference[] | null {
  const [spec, ...more] = realSpecs(command);
  if (spec === undefined || more.length > 0 || spec.flags.includes("variable_flags")) return null;
  if (spec.flags.includes("incomplete")) return null;
  const { begin, find } = spec;
  if (begin.type !== "index" || find.type !== "range" || find.lastKey !== 0) return null;
  return [{ position: begin.index, flags: spec.flags }];
}

/**
 * The keys of a request, whose arity must fit.
 *
 * The key specs are believed where they are complete; otherwise the command's own `keys` decides.
 *
 * @returns null when the arguments are invalid, so that the keys cannot be told
 */
export function extractKeys(
  command: CommandDeclaration,
  request: Request,
): readonly KeyReference[] | null {
  const specs = realSpecs(command);
  const variable = specs.some((spec) => spec.flags.includes("variable_flags"));
  if (specs.length > 0 && (!variable || command.keyFlags !== undefined)) {
    const found = keysOfSpecs(command, specs, request);
    if (found !== null) return found;
  }
  const positions = command.keys?.(request) ?? looselyCounted(specs, request);
  if (positions === null) return null;
  const found = positions.map((key) =>
    typeof key === "number" ? { position: key, flags: UNKNOWN_USE } : key,
  );
  if (CHECKED) {
    for (const { position } of found) {
      assert(position >= 1 && position < request.argc, "a key is an argument");
    }
  }
  return found;
}

/** The specs of keys; what looks like a key and is none is left out. */
function realSpecs(command: CommandDeclaration): readonly KeySpec[] {
  return (command.keySpecs ?? []).filter((spec) => !spec.flags.includes("not_key"));
}

function keysOfSpecs(
  command: CommandDeclaration,
  specs: readonly KeySpec[],
  request: Request,
): readonly KeyReference[] | null {
  const found: KeyReference[] = [];
  for (const spec of specs) {
    if (spec.begin.type === "unknown") return null;
    const first = beginOf(spec.begin, request);
    if (first === null) continue;
    const range = rangeOf(spec, first, request);
    if (range === null) return null;
    if (CHECKED) {
      assert(range.first >= 1 && range.last < request.argc, "keys are arguments");
      assert(range.step >= 1, "keys follow one another");
    }
    const variable = spec.flags.includes("variable_flags") && command.keyFlags !== undefined;
    const flags = variable ? command.keyFlags(request) : spec.flags;
    for (let position = range.first; position <= range.last; position += range.step) {
      found.push({ position, flags });
    }
    if (spec.flags.includes("incomplete")) return null;
  }
  return found;
}

/**
 * The keys of a request whose count of keys is no count, as Redis finds them then: it reads the
 * number in another way. Null when no spec counts.
 */
function looselyCounted(specs: readonly KeySpec[], request: Request): readonly number[] | null {
  for (const { begin, find } of specs) {
    if (begin.type !== "index" || find.type !== "keynum") continue;
    const at = begin.index + find.keyNumIndex;
    const first = begin.index + find.firstKey;
    if (at >= request.argc) return null;
    const count = looseInteger(request.text(at));
    if (count < 1 || count > Math.trunc((request.argc - first) / find.keyStep)) return null;
    const keys = Array.from({ length: count }, (_, i) => first + i * find.keyStep);
    // The destination stands in front of the count.
    return specs.length > 1 ? [...keys, 1] : keys;
  }
  return null;
}

/** Where a spec's keys begin; null when its keyword is missing. */
function beginOf(
  begin: Exclude<KeySpec["begin"], { type: "unknown" }>,
  request: Request,
): number | null {
  if (begin.type === "index") return begin.index;
  const { keyword, startFrom } = begin;
  const forwards = startFrom > 0;
  const start = forwards ? startFrom : request.argc + startFrom;
  const end = forwards ? request.argc - 1 : 1;
  const step = start <= end ? 1 : -1;
  const word = keyword.toLowerCase();
  for (let i = start; i !== end && i >= 1 && i < request.argc; i += step) {
    if (request.is(i, word)) return i + 1;
  }
  return null;
}

/** First and last position of a spec's keys and the step between them; null when out of bounds. */
function rangeOf(
  spec: KeySpec,
  begin: number,
  request: Request,
): { readonly first: number; readonly last: number; readonly step: number } | null {
  let first = begin;
  let last: number;
  if (spec.find.type === "unknown") return null;
  if (spec.find.type === "range") {
    const { lastKey, limit } = spec.find;
    if (lastKey >= 0) last = first + lastKey;
    else if (limit === 0) last = request.argc + lastKey;
    else last = first + Math.trunc((request.argc - first) / limit) + lastKey;
  } else {
    const { keyNumIndex, firstKey } = spec.find;
    if (first + keyNumIndex >= request.argc) return null;
    const at = first + keyNumIndex;
    const count = parseInteger64(request.bytes, request.offsets[at]!, request.lengths[at]!);
    if (count === null || count < 0) return null;
    first += firstKey;
    last = first + Number(count) - 1;
  }
  if (last >= request.argc || last < first || first >= request.argc) return null;
  return { first, last, step: spec.find.keyStep };
}
