import type { Command } from "../../session/command.ts";
import { PFADD } from "./add.ts";
import { PFCOUNT } from "./count.ts";
import { PFDEBUG } from "./debug.ts";
import { PFMERGE } from "./merge.ts";
import { PFSELFTEST } from "./selftest.ts";

/** Estimates of how many different elements there were: https://redis.io/docs/latest/develop/data-types/probabilistic/hyperloglogs/ */
export const hyperloglog: readonly Command[] = [PFADD, PFCOUNT, PFDEBUG, PFMERGE, PFSELFTEST];
