/** Where scripts may differ from redis-server, each with its reason: whatever else differs is a fault. */
import { CRASHED } from "./compare.ts";

/** A kind of difference. */
export interface Difference {
  readonly name: string;
  readonly reason: string;
  readonly applies: (redis: string, veridis: string) => boolean;
}

/** With the length in front of it, RESP's or cmsgpack's or both: addresses are long or short. */
const ADDRESS = /(?:\$\d+\r\n)?[\xa0-\xbf]?(table|function|thread|userdata): 0x[0-9a-f]+/g;
const withoutAddresses = (reply: string): string => reply.replace(ADDRESS, "$1: 0x");

/** The differences that there are. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: "crash",
    reason: "redis-server ends by `error(t)` of a table without a field err",
    applies: (redis, veridis) => redis === CRASHED && veridis.includes("execution failure"),
  },
  {
    name: "address",
    reason: "a table, function or thread as text shows where it lies",
    applies: (redis, veridis) => withoutAddresses(redis) === withoutAddresses(veridis),
  },
];
