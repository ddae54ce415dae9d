/**
 * What follows from a command's declaration: the flags, categories and key positions that Redis
 * computes from it, which COMMAND INFO shows and access control uses.
 */
import { CATEGORIES } from "../access/categories.ts";
import type {
  AclCategory,
  CommandDeclaration,
  CommandFlag,
  KeyFlag,
  KeySpec,
} from "./command-declaration.ts";

/** Every flag that COMMAND INFO shows, in its order. `may_replicate` is not shown. */
const SHOWN_FLAGS: readonly CommandFlag[] = [
  "write",
  "readonly",
  "denyoom",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
];

/** Every flag of a key spec, in the order in which COMMAND INFO shows them. */
const KEY_FLAGS: readonly KeyFlag[] = [
  "RO",
  "RW",
  "OW",
  "RM",
  "access",
  "update",
  "insert",
  "delete",
  "not_key",
  "incomplete",
  "variable_flags",
];

/** The flags that COMMAND INFO shows, `movablekeys` derived from the key specs. */
export function shownFlags(command: CommandDeclaration): readonly CommandFlag[] {
  const movable = hasMovableKeys(command);
  return SHOWN_FLAGS.filter(
    (flag) => command.flags.includes(flag) || (flag === "movablekeys" && movable),
  );
}

/** The flags of a key, in the order of COMMAND INFO. */
export function orderedKeyFlags(flags: readonly KeyFlag[]): readonly KeyFlag[] {
  return KEY_FLAGS.filter((flag) => flags.includes(flag));
}

/** The declared categories and those that the flags imply. */
export function aclCategories(command: CommandDeclaration): readonly AclCategory[] {
  const categories = new Set<AclCategory>(command.acl);
  const { flags } = command;
  if (flags.includes("write")) categories.add("write");
  if (flags.includes("readonly") && !categories.has("scripting")) categories.add("read");
  if (flags.includes("admin")) categories.add("admin").add("dangerous");
  if (flags.includes("pubsub")) categories.add("pubsub");
  if (flags.includes("fast")) categories.add("fast");
  if (flags.includes("blocking")) categories.add("blocking");
  if (!categories.has("fast")) categories.add("slow");
  return CATEGORIES.filter((category) => categories.has(category));
}

/** First key, last key and step as COMMAND INFO has them; zeros when there are none. */
export interface LegacyKeyRange {
  readonly first: number;
  /** Negative counts from the last argument. */
  readonly last: number;
  readonly step: number;
}

const NO_KEYS: LegacyKeyRange = { first: 0, last: 0, step: 0 };

/** A key spec that is a plain range behind a fixed argument. */
type RangeSpec = KeySpec & {
  readonly begin: Extract<KeySpec["begin"], { type: "index" }>;
  readonly find: Extract<KeySpec["find"], { type: "range" }>;
};

function isRange(spec: KeySpec): spec is RangeSpec {
  return spec.begin.type === "index" && spec.find.type === "range";
}

/**
 * The specs that the old description of keys can express: a single range, or ranges with step 1
 * of which each begins behind the end of the one before.
 */
function legacySpecs(command: CommandDeclaration): readonly RangeSpec[] {
  const specs = command.keySpecs ?? [];
  if (specs.length === 1) return specs.filter(isRange);
  const kept: RangeSpec[] = [];
  for (const spec of specs) {
    if (!isRange(spec) || spec.find.keyStep !== 1) continue;
    const before = kept.at(-1);
    if (before !== undefined && lastOf(before) !== spec.begin.index - 1) continue;
    kept.push(spec);
  }
  return kept;
}

/** Position of a range's last key; negative counts from the last argument. */
function lastOf(spec: RangeSpec): number {
  const { lastKey } = spec.find;
  return lastKey < 0 ? lastKey : spec.begin.index + lastKey;
}

/** True when the old description of keys misses some of them. */
function hasMovableKeys(command: CommandDeclaration): boolean {
  const specs = command.keySpecs ?? [];
  return (
    legacySpecs(command).length !== specs.length ||
    specs.some((spec) => spec.flags.includes("incomplete"))
  );
}

/** The old description of a command's keys. */
export function legacyKeyRange(command: CommandDeclaration): LegacyKeyRange {
  const specs = legacySpecs(command);
  if (specs.length === 0) return NO_KEYS;
  const last = lastOf(specs.at(-1)!);
  return { first: specs[0]!.begin.index, last, step: specs[0]!.find.keyStep };
}
