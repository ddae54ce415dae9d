/** Lists of commands, as scripts and functions take them. */
import fc from "fast-check";
import { either, option, type PartArbitrary, sequence, someOf, tagged, words } from "../grammar.ts";
import { integer, key, unknownWord } from "../values.ts";

/** The mode of a flush. */
export const flushMode = someOf(
  [option("SYNC"), option("ASYNC"), tagged("(unknown)", unknownWord), option("sync")],
  2,
);

const value = fc.constantFrom("x", "7", "-3", "9007199254740993", "9223372036854775807", "");
const small = fc.constantFrom("0", "1", "-1", "2");

/** A command as the scripts take it: its words behind their number. */
function listed(...list: ReadonlyArray<string | fc.Arbitrary<string>>): PartArbitrary {
  return words(String(list.length), ...list);
}

const reads = either(
  listed("get", key),
  listed("mget", key, key),
  listed("strlen", key),
  listed("exists", key),
  listed("lrange", key, "0", "-1"),
  listed("hget", key, "f"),
  listed("sismember", key, "m"),
  listed("zscore", key, "m"),
  listed("type", key),
  listed("echo", value),
);
const writes = either(
  listed("set", key, value),
  listed("setnx", key, value),
  listed("incr", key),
  listed("incrby", key, value),
  listed("append", key, value),
  listed("del", key),
  listed("mset", key, value, key, value),
  listed("rename", key, key),
  listed("persist", key),
  listed("rpush", key, value, value),
  listed("lpop", key),
  listed("hset", key, "f", value),
  listed("hdel", key, "f"),
  listed("sadd", key, "m"),
  listed("srem", key, "m"),
  listed("zadd", key, small, "m"),
  listed("zrem", key, "m"),
  listed("select", fc.constantFrom("0", "1", "15", "16", "x")),
);
const refused = either(
  listed("nosuch", value),
  listed("get"),
  listed("multi"),
  listed("exec"),
  listed("watch", key),
  listed("eval", "return 1", "0"),
  listed("reset"),
  listed("fcall", "f", "0"),
  listed("function", "flush"),
);

/** Up to six commands. */
const list: PartArbitrary = fc
  .array(either(reads, reads, writes, writes, writes, refused), { maxLength: 6 })
  .chain((parts) => sequence(...parts.map((part) => fc.constant(part))));

const noKeys = sequence(words("0"), list);
const keys = either(
  sequence(tagged("keys", "1", key), list),
  sequence(tagged("keys", "2", key, key), list),
);

/** What stands behind the name of a script or a function: the keys, and a list. */
export const runs: PartArbitrary = either(
  noKeys,
  noKeys,
  noKeys,
  keys,
  sequence(words(integer), list),
);
