import type { Command } from "../../session/command.ts";
import { ZADD, ZINCRBY } from "./add.ts";
import {
  ZDIFF,
  ZDIFFSTORE,
  ZINTER,
  ZINTERCARD,
  ZINTERSTORE,
  ZUNION,
  ZUNIONSTORE,
} from "./combine.ts";
import { ZMPOP, ZPOPMAX, ZPOPMIN } from "./pop.ts";
import { ZRANDMEMBER } from "./random.ts";
import {
  ZRANGE,
  ZRANGEBYLEX,
  ZRANGEBYSCORE,
  ZRANGESTORE,
  ZREVRANGE,
  ZREVRANGEBYLEX,
  ZREVRANGEBYSCORE,
} from "./range.ts";
import { ZCARD, ZCOUNT, ZLEXCOUNT, ZMSCORE, ZRANK, ZREVRANK, ZSCORE } from "./read.ts";
import { ZREM, ZREMRANGEBYLEX, ZREMRANGEBYRANK, ZREMRANGEBYSCORE } from "./remove.ts";
import { ZSCAN } from "./scan.ts";
import { BZMPOP, BZPOPMAX, BZPOPMIN } from "./waiting.ts";

/** Sorted sets: https://redis.io/docs/latest/develop/data-types/sorted-sets/ */
export const zsets: readonly Command[] = [
  BZMPOP,
  BZPOPMAX,
  BZPOPMIN,
  ZADD,
  ZCARD,
  ZCOUNT,
  ZDIFF,
  ZDIFFSTORE,
  ZINCRBY,
  ZINTER,
  ZINTERCARD,
  ZINTERSTORE,
  ZLEXCOUNT,
  ZMPOP,
  ZMSCORE,
  ZPOPMAX,
  ZPOPMIN,
  ZRANDMEMBER,
  ZRANGE,
  ZRANGEBYLEX,
  ZRANGEBYSCORE,
  ZRANGESTORE,
  ZRANK,
  ZREM,
  ZREMRANGEBYLEX,
  ZREMRANGEBYRANK,
  ZREMRANGEBYSCORE,
  ZREVRANGE,
  ZREVRANGEBYLEX,
  ZREVRANGEBYSCORE,
  ZREVRANK,
  ZSCAN,
  ZSCORE,
  ZUNION,
  ZUNIONSTORE,
];
