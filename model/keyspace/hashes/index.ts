/** The hash commands. */
import type { Family } from "../command.ts";
import { keyed, takingMemory } from "../declare.ts";
import * as hashes from "./hashes.ts";
import { hrandfield } from "./hrandfield.ts";
import { hscan } from "./hscan.ts";

/** The hash commands by name. */
export const hashCommands: Family = {
  hset: takingMemory(keyed(-4, hashes.hset)),
  hmset: takingMemory(keyed(-4, hashes.hmset)),
  hsetnx: takingMemory(keyed(4, hashes.hsetnx)),
  hget: keyed(3, hashes.hget),
  hmget: keyed(-3, hashes.hmget),
  hlen: keyed(2, hashes.hlen),
  hstrlen: keyed(3, hashes.hstrlen),
  hexists: keyed(3, hashes.hexists),
  hkeys: keyed(2, hashes.hkeys),
  hvals: keyed(2, hashes.hvals),
  hgetall: keyed(2, hashes.hgetall),
  hdel: keyed(-3, hashes.hdel),
  hincrby: takingMemory(keyed(4, hashes.hincrby)),
  hincrbyfloat: takingMemory(keyed(4, hashes.hincrbyfloat)),
  hrandfield: keyed(-2, hrandfield),
  hscan: keyed(-3, hscan),
};
