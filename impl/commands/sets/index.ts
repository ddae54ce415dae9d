import type { Command } from "../../session/command.ts";
import {
  SDIFF,
  SDIFFSTORE,
  SINTER,
  SINTERCARD,
  SINTERSTORE,
  SUNION,
  SUNIONSTORE,
} from "./algebra.ts";
import { SPOP, SRANDMEMBER } from "./chance.ts";
import { SADD, SCARD, SISMEMBER, SMEMBERS, SMISMEMBER, SMOVE, SREM } from "./members.ts";
import { SSCAN } from "./scan.ts";

/** Sets: https://redis.io/docs/latest/develop/data-types/sets/ */
export const sets: readonly Command[] = [
  SADD,
  SCARD,
  SDIFF,
  SDIFFSTORE,
  SINTER,
  SINTERCARD,
  SINTERSTORE,
  SISMEMBER,
  SMEMBERS,
  SMISMEMBER,
  SMOVE,
  SPOP,
  SRANDMEMBER,
  SREM,
  SSCAN,
  SUNION,
  SUNIONSTORE,
];
