import type { Command } from "../../session/command.ts";
import { DECR, DECRBY, INCR, INCRBY, INCRBYFLOAT } from "./counters.ts";
import { GET, GETDEL, GETEX } from "./get.ts";
import { LCS } from "./lcs.ts";
import { MGET, MSET, MSETNX } from "./many.ts";
import { APPEND, GETRANGE, SETRANGE, STRLEN, SUBSTR } from "./range.ts";
import { GETSET, PSETEX, SET, SETEX, SETNX } from "./set.ts";

/** Strings: https://redis.io/docs/latest/develop/data-types/strings/ */
export const strings: readonly Command[] = [
  APPEND,
  DECR,
  DECRBY,
  GET,
  GETDEL,
  GETEX,
  GETRANGE,
  GETSET,
  INCR,
  INCRBY,
  INCRBYFLOAT,
  LCS,
  MGET,
  MSET,
  MSETNX,
  PSETEX,
  SET,
  SETEX,
  SETNX,
  SETRANGE,
  STRLEN,
  SUBSTR,
];
