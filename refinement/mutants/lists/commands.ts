/** Bugs in what commands do, in the arithmetic below them, and in when keys die. */
import { refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const REFINE = refine(8000);

/** The mutants of commands, engine and expiry. */
export const commandMutants: readonly Mutant[] = [
  {
    name: "int64-bound-off-by-one",
    room: "engine",
    find: "return value > INT64_MAX || value < INT64_MIN ? null : normalized(value);",
    replace: "return value > INT64_MAX + 1n || value < INT64_MIN ? null : normalized(value);",
    breaks: "INCR reaches 2^63",
    checks: [refine(16_000, 1, "strings")],
  },
  {
    name: "long-double-cut-not-rounded",
    room: "engine",
    find: "divideRounded(mantissa * 10n ** BigInt(FRACTION_DIGITS), 1n, -exponent)",
    replace: "divideRounded(mantissa * 10n ** BigInt(FRACTION_DIGITS) - 1n, 1n, -exponent)",
    breaks: "INCRBYFLOAT prints a last digit that is not the nearest",
    checks: [refine(8000, 1, "strings"), unit("impl/engine/long-double.test.ts")],
  },
  {
    name: "copy-without-expiry",
    room: "commands",
    find: "  if (keyspace.hasExpiry(ref)) target.setExpiryMs(copied, keyspace.expiryMs(ref));\n",
    replace: "",
    breaks: "COPY and MOVE lose the expiry",
    checks: [REFINE],
  },
  {
    name: "getrange-both-negative",
    room: "commands",
    find: "start > end || (first < 0 && last < 0 && first > last)",
    replace: "start > end",
    breaks: "GETRANGE -1 -5 of a short string is not empty",
    checks: [refine(8000, 1, "strings")],
    onlyInFull: true,
  },
  {
    name: "counter-loses-expiry",
    room: "commands",
    find: "storeString(call, 1, ref, SCRATCH, 0, length, Encoding.int, true);",
    replace: "storeString(call, 1, ref, SCRATCH, 0, length, Encoding.int, false);",
    breaks: "INCR from 9 to 10 takes the expiry away",
    checks: [REFINE],
    onlyInFull: true,
  },
  {
    name: "keys-shows-the-dead",
    room: "expiry",
    find: "if (matches(call, 1, ref) && !keyspace.isExpired(ref, call.nowMs)) found.push(ref);",
    replace: "if (matches(call, 1, ref)) found.push(ref);",
    breaks: "KEYS lists keys whose time is past",
    checks: [refine(40_000)],
    onlyInFull: true,
  },
  {
    name: "read-finds-the-dead",
    room: "expiry",
    find: "if (ref !== 0 && keyspace.isExpired(ref, this.instance.time.nowMs)) {",
    replace: "if (ref !== 0 && keyspace.isExpired(ref, this.instance.time.nowMs - 4)) {",
    breaks: "a read finds a key up to four milliseconds after its time",
    checks: [REFINE],
  },
  {
    name: "expire-now-keeps-key",
    room: "expiry",
    find: "return atMs <= call.nowMs;",
    replace: "return atMs < call.nowMs;",
    breaks: "PEXPIREAT with the present moment leaves the key for a millisecond",
    checks: [refine(8000, 1, "keys,strings"), unit("impl/commands/keys/expiry.test.ts")],
    onlyInFull: true,
  },
  {
    name: "ttl-rounds-down",
    room: "expiry",
    find: "Math.floor((ms + 500) / 1000)",
    replace: "Math.floor(ms / 1000)",
    breaks: "TTL rounds down",
    checks: [REFINE],
    onlyInFull: true,
  },
  {
    name: "expire-lt-without-expiry",
    room: "expiry",
    find: "return (conditions & (Condition.xx | Condition.gt)) === 0;",
    replace: "return (conditions & (Condition.xx | Condition.gt | Condition.lt)) === 0;",
    breaks: "EXPIRE LT refuses a key that has no expiry",
    checks: [refine(8000, 1, "keys,strings")],
    onlyInFull: true,
  },
];
