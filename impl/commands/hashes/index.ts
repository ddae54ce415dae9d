import type { Command } from "../../session/command.ts";
import { HINCRBY, HINCRBYFLOAT } from "./counters.ts";
import { HEXISTS, HGET, HGETALL, HKEYS, HLEN, HMGET, HSTRLEN, HVALS } from "./get.ts";
import { HRANDFIELD } from "./random.ts";
import { HSCAN } from "./scan.ts";
import { HDEL, HMSET, HSET, HSETNX } from "./set.ts";

/** Hashes: https://redis.io/docs/latest/develop/data-types/hashes/ */
export const hashes: readonly Command[] = [
  HDEL,
  HEXISTS,
  HGET,
  HGETALL,
  HINCRBY,
  HINCRBYFLOAT,
  HKEYS,
  HLEN,
  HMGET,
  HMSET,
  HRANDFIELD,
  HSCAN,
  HSET,
  HSETNX,
  HSTRLEN,
  HVALS,
];
