/** CONFIG: the directives that change what commands mean. Others are not known here. */
import { Result } from "effect";
import { newDefault, withPassword } from "../acl/rules.ts";
import { answer, argument, become } from "../call.ts";
import type { Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { matchesAnyCase } from "../glob.ts";
import { INT64_MAX, parseInteger } from "../numbers.ts";
import { type Bytes, bulk, map, ok, satisfies } from "../reply.ts";
import { pairsOf, textOf } from "../shapes.ts";
import type { Config } from "../state.ts";
import { cString, lower, word } from "../text.ts";

interface Directive {
  readonly shown: (config: Config) => Bytes;
  /** The configuration with another value, or why the value cannot be; immutable without it. */
  readonly changed?: (config: Config, value: Bytes) => Config | { readonly reason: Bytes };
}

const POLICIES = [
  ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
  ...["allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"],
];

const NOT_NEGATIVE = { reason: `argument must be between 0 and ${INT64_MAX} inclusive` };

const BULK_LENGTH_MIN = 1024n * 1024n;

const directives: Readonly<Record<string, Directive>> = {
  databases: { shown: (config) => `${config.databases}` },
  "enable-debug-command": { shown: (config) => (config.enableDebugCommand ? "yes" : "no") },
  requirepass: {
    shown: (config) => config.requirepass,
    changed: (config, value) => ({ ...config, requirepass: cString(value) }),
  },
  maxmemory: {
    shown: (config) => `${config.maxmemory}`,
    changed: (config, value) => {
      const bytes = parseMemory(value);
      if (bytes === undefined) return { reason: "argument must be a memory value" };
      return { ...config, maxmemory: BigInt.asUintN(64, bytes) };
    },
  },
  "maxmemory-policy": {
    shown: (config) => config.maxmemoryPolicy,
    changed: (config, value) =>
      POLICIES.includes(word(value))
        ? { ...config, maxmemoryPolicy: word(value) }
        : { reason: `argument(s) must be one of the following: ${POLICIES.join(", ")}` },
  },
  "proto-max-bulk-len": {
    shown: (config) => `${config.protoMaxBulkLen}`,
    changed: (config, value) => {
      const bytes = parseMemory(value);
      if (bytes === undefined) return { reason: "argument must be a memory value" };
      if (bytes < BULK_LENGTH_MIN)
        return { reason: `argument must be between ${BULK_LENGTH_MIN} and ${INT64_MAX} inclusive` };
      return { ...config, protoMaxBulkLen: bytes };
    },
  },
  "stream-node-max-bytes": {
    shown: (config) => `${config.streamNodeMaxBytes}`,
    changed: (config, value) => {
      const bytes = parseMemory(value);
      if (bytes === undefined) return { reason: "argument must be a memory value" };
      return bytes < 0n ? NOT_NEGATIVE : { ...config, streamNodeMaxBytes: bytes };
    },
  },
  "stream-node-max-entries": {
    shown: (config) => `${config.streamNodeMaxEntries}`,
    changed: (config, value) => {
      const entries = parseInteger(cString(value));
      if (entries === undefined) return { reason: "argument couldn't be parsed into an integer" };
      return entries < 0n ? NOT_NEGATIVE : { ...config, streamNodeMaxEntries: entries };
    },
  },
};

const UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/** An amount of memory in bytes, as 64 bits hold it; nothing when the text is none. */
const parseMemory = (value: Bytes): bigint | undefined => {
  const [, digits = "", unit = ""] = /^([0-9]*)(.*)$/s.exec(word(value)) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (factor === undefined || digits.length >= 128) return undefined;
  const most = 2n ** 64n - 1n;
  const amount = BigInt(digits);
  return BigInt.asIntN(64, (amount > most ? most : amount) * factor);
};

const find = (name: Bytes): Directive | undefined => {
  const known = word(name);
  return Object.hasOwn(directives, known) ? directives[known] : undefined;
};

/** CONFIG SET directive value [directive value ...]: all of them or none */
export const set: Meaning = (call) =>
  Result.gen(function* () {
    if (call.args.length % 2 === 1) return yield* fail("Syntax");
    const changes: Array<readonly [name: Bytes, value: Bytes]> = [];
    for (let i = 2; i < call.args.length; i += 2) {
      const name = argument(call, i);
      yield* checkChange(name, changes);
      changes.push([word(name), argument(call, i + 1)]);
    }
    let { config } = call.state;
    for (const [name, value] of changes) {
      const changed = directives[name]?.changed?.(config, value) ?? config;
      if ("reason" in changed) return yield* fail("ConfigSetFailed", name, changed.reason);
      config = changed;
    }
    const { requirepass } = config;
    if (requirepass === call.state.config.requirepass)
      return yield* become({ ...call.state, config });
    // It is the default user's only password.
    const before = call.state.users.get("default") ?? newDefault;
    const users = new Map(call.state.users).set("default", withPassword(before, requirepass));
    return yield* become({ ...call.state, config, users });
  });

const checkChange = (
  name: Bytes,
  before: ReadonlyArray<readonly [name: Bytes, value: Bytes]>,
): Result.Result<void, CommandError> => {
  const directive = find(name);
  if (directive === undefined) return fail("UnknownDirective", name);
  if (directive.changed === undefined)
    return fail("ConfigSetFailed", name, "can't set immutable config");
  if (before.some(([known]) => known === word(name)))
    return fail("ConfigSetFailed", name, "duplicate parameter");
  return Result.succeed(undefined);
};

/** CONFIG GET pattern [pattern ...]: these directives with their values, and perhaps others */
export const get: Meaning = (call) => {
  const wanted = new Map<Bytes, Bytes>();
  for (const pattern of call.args.slice(2))
    for (const [name, directive] of Object.entries(directives))
      if (isPattern(pattern) ? matchesAnyCase(cString(pattern), name) : word(pattern) === name)
        wanted.set(
          isPattern(pattern) ? name : cString(pattern),
          directive.shown(call.state.config),
        );
  const [, , first = "", ...more] = call.args;
  if (more.length === 0 && find(first) !== undefined)
    return answer(call, map([...wanted].map(([name, value]) => [bulk(name), bulk(value)])));
  const name = `a map with ${JSON.stringify([...wanted])}`;
  return answer(
    call,
    satisfies(name, (reply) => {
      const pairs = pairsOf(reply)?.map(([key, value]) => [textOf(key), textOf(value)] as const);
      if (pairs === undefined) return false;
      const found = new Map(pairs.map(([key, value]) => [lower(key ?? ""), value]));
      return [...wanted].every(([key, value]) => found.get(lower(key)) === value);
    }),
  );
};

const isPattern = (text: Bytes): boolean => /[[*?]/.test(cString(text));

/** CONFIG RESETSTAT */
export const resetstat: Meaning = (call) => answer(call, ok);

/** CONFIG REWRITE */
export const rewrite: Meaning = (call) =>
  call.state.config.hasFile ? answer(call, ok) : fail("NoConfigFile");
