import type { Command } from "../../session/command.ts";
import { XADD } from "./add.ts";
import { XDEL, XSETID, XTRIM } from "./change.ts";
import { XAUTOCLAIM, XCLAIM } from "./claim.ts";
import { XGROUP } from "./group.ts";
import { XINFO } from "./info.ts";
import { XACK, XPENDING } from "./pending.ts";
import { XLEN, XRANGE, XREVRANGE } from "./range.ts";
import { XREAD, XREADGROUP } from "./read.ts";

/** Streams: https://redis.io/docs/latest/develop/data-types/streams/ */
export const streams: readonly Command[] = [
  XACK,
  XADD,
  XAUTOCLAIM,
  XCLAIM,
  XDEL,
  XGROUP,
  XINFO,
  XLEN,
  XPENDING,
  XRANGE,
  XREAD,
  XREADGROUP,
  XREVRANGE,
  XSETID,
  XTRIM,
];
