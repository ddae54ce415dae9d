import type { Command } from "../../session/command.ts";
import { DEL, EXISTS, TOUCH, TYPE, UNLINK } from "./basic.ts";
import { DUMP, RESTORE } from "./dump.ts";
import { EXPIRE, EXPIREAT, PERSIST, PEXPIRE, PEXPIREAT } from "./expire.ts";
import { MIGRATE } from "./migrate.ts";
import { COPY, MOVE, RENAME, RENAMENX } from "./move.ts";
import { OBJECT } from "./object.ts";
import { KEYS, RANDOMKEY, SCAN } from "./scan.ts";
import { EXPIRETIME, PEXPIRETIME, PTTL, TTL } from "./ttl.ts";

/** Keys, whatever they hold: https://redis.io/docs/latest/develop/use/keyspace/ */
export const keys: readonly Command[] = [
  COPY,
  DEL,
  DUMP,
  EXISTS,
  EXPIRE,
  EXPIREAT,
  EXPIRETIME,
  KEYS,
  MIGRATE,
  MOVE,
  OBJECT,
  PERSIST,
  PEXPIRE,
  PEXPIREAT,
  PEXPIRETIME,
  PTTL,
  RANDOMKEY,
  RENAME,
  RENAMENX,
  RESTORE,
  SCAN,
  TOUCH,
  TTL,
  TYPE,
  UNLINK,
];
