/** The sorted set commands. */
import type { Family } from "../command.ts";
import { BUT_LAST, counted, keyed, TWO, takingMemory } from "../declare.ts";
import * as combine from "./combine.ts";
import * as pops from "./pops.ts";
import { zrandmember } from "./zrandmember.ts";
import * as ranges from "./zrange.ts";
import { zscan } from "./zscan.ts";
import * as zsets from "./zsets.ts";

/** The sorted set commands by name. */
export const sortedSetCommands: Family = {
  zadd: takingMemory(keyed(-4, zsets.zadd)),
  zincrby: takingMemory(keyed(4, zsets.zincrby)),
  zrem: keyed(-3, zsets.zrem),
  zscore: keyed(3, zsets.zscore),
  zmscore: keyed(-3, zsets.zmscore),
  zcard: keyed(2, zsets.zcard),
  zcount: keyed(4, zsets.zcount),
  zlexcount: keyed(4, zsets.zlexcount),
  zrank: keyed(3, zsets.zrank),
  zrevrank: keyed(3, zsets.zrevrank),
  zrange: keyed(-4, ranges.zrange),
  zrangestore: takingMemory(keyed(-5, ranges.zrangestore, TWO)),
  zrevrange: keyed(-4, ranges.zrevrange),
  zrangebyscore: keyed(-4, ranges.zrangebyscore),
  zrevrangebyscore: keyed(-4, ranges.zrevrangebyscore),
  zrangebylex: keyed(-4, ranges.zrangebylex),
  zrevrangebylex: keyed(-4, ranges.zrevrangebylex),
  zremrangebyrank: keyed(4, zsets.zremrangebyrank),
  zremrangebyscore: keyed(4, zsets.zremrangebyscore),
  zremrangebylex: keyed(4, zsets.zremrangebylex),
  zpopmin: keyed(-2, pops.zpopmin),
  zpopmax: keyed(-2, pops.zpopmax),
  zmpop: counted(-4, pops.zmpop, 1),
  bzpopmin: keyed(-3, pops.bzpopmin, BUT_LAST),
  bzpopmax: keyed(-3, pops.bzpopmax, BUT_LAST),
  bzmpop: counted(-5, pops.bzmpop, 2),
  zrandmember: keyed(-2, zrandmember),
  zunion: counted(-3, combine.zunion, 1),
  zinter: counted(-3, combine.zinter, 1),
  zdiff: counted(-3, combine.zdiff, 1),
  zintercard: counted(-3, combine.zintercard, 1),
  zunionstore: takingMemory(counted(-4, combine.zunionstore, 2, 1)),
  zinterstore: takingMemory(counted(-4, combine.zinterstore, 2, 1)),
  zdiffstore: takingMemory(counted(-4, combine.zdiffstore, 2, 1)),
  zscan: keyed(-3, zscan),
};
