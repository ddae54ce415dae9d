/**
 * The scripts that the model knows: lists of commands. Their text is one of two; what they call
 * stands in ARGV, each command behind the number of its words.
 */
import { createHash } from "node:crypto";
import type { Bytes } from "../reply.ts";

/** A script that the model knows. */
export interface ListScript {
  readonly text: Bytes;
  /** Its name: the SHA-1 of its text, in lower-case hexadecimal. */
  readonly sha: Bytes;
  /** It ends with the first error, which `redis.pcall` would return among the others. */
  readonly endsAtError: boolean;
}

const script = (call: "call" | "pcall"): ListScript => {
  const text =
    "local replies, i = {}, 1 while ARGV[i] do " +
    "local n = tonumber((string.match(ARGV[i], '^%d$'))) or 0 " +
    `replies[#replies + 1] = redis.${call}(unpack(ARGV, i + 1, i + n)) i = i + n + 1 end return replies`;
  const sha = createHash("sha1").update(text, "latin1").digest("hex");
  return { text, sha, endsAtError: call === "call" };
};

/** The script that ends with the first error, and the one that goes on. */
export const CALL_ALL = script("call");
export const TRY_ALL = script("pcall");
export const LIST_SCRIPTS: ReadonlyArray<ListScript> = [CALL_ALL, TRY_ALL];

/** A script that does not compile. */
export const BROKEN: Bytes = "return return";

/** Commands that only read, which the lists may call. */
export const READS: ReadonlySet<Bytes> = new Set(
  "echo exists get getrange hget hlen lindex llen lrange mget pttl scard sismember strlen ttl type zcard zscore".split(
    " ",
  ),
);
/** Commands that write. */
export const WRITES: ReadonlySet<Bytes> = new Set(
  "append decr del getdel getex getset hdel hset incr incrby lpop lpush mset msetnx persist pexpire rename rpush sadd select set setnx setrange srem zadd zrem".split(
    " ",
  ),
);
/** Commands that no script may call. */
export const FORBIDDEN: ReadonlySet<Bytes> = new Set(
  "discard eval evalsha exec fcall function|load function|flush multi reset script|flush unwatch watch".split(
    " ",
  ),
);
