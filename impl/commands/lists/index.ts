import type { Command } from "../../session/command.ts";
import { LINSERT, LREM, LSET, LTRIM } from "./change.ts";
import { LPOS } from "./lpos.ts";
import { LMOVE, RPOPLPUSH } from "./move.ts";
import { LMPOP, LPOP, RPOP } from "./pop.ts";
import { LPUSH, LPUSHX, RPUSH, RPUSHX } from "./push.ts";
import { LINDEX, LLEN, LRANGE } from "./read.ts";
import { BLMOVE, BLMPOP, BLPOP, BRPOP, BRPOPLPUSH } from "./waiting.ts";

/** Lists: https://redis.io/docs/latest/develop/data-types/lists/ */
export const lists: readonly Command[] = [
  BLMOVE,
  BLMPOP,
  BLPOP,
  BRPOP,
  BRPOPLPUSH,
  LINDEX,
  LINSERT,
  LLEN,
  LMOVE,
  LMPOP,
  LPOP,
  LPOS,
  LPUSH,
  LPUSHX,
  LRANGE,
  LREM,
  LSET,
  LTRIM,
  RPOP,
  RPOPLPUSH,
  RPUSH,
  RPUSHX,
];
