import { expect, test } from "vitest";
import type { Cell } from "../report.ts";
import { judgeCommands } from "./commands.ts";
import { COLLECTION_WORKLOADS } from "./workloads.ts";

function cell(workload: string, redis: number, veridis: number): Cell {
  const run = (requestsPerSecond: number) => [{ requestsPerSecond, cpuUsPerRequest: 1 }];
  return { workload, depth: 1, redis: run(redis), veridis: run(veridis) };
}

test("a command below the floor is told", () => {
  expect(judgeCommands([cell("LPUSH", 100, 80), cell("RPOP", 100, 79)])).toEqual([
    "RPOP at depth 1: 0.79x of Redis' throughput, floor 0.8",
  ]);
});

test("what is asked for is measured", () => {
  expect(COLLECTION_WORKLOADS.map(({ name }) => name)).toEqual([
    ...["LPUSH", "RPOP", "LRANGE 100", "LINDEX in 10⁵", "SADD", "SPOP", "SISMEMBER"],
    ...["SINTER of two 10⁴", "HSET", "HGET", "HGETALL 50", "ZADD", "ZRANGE 100"],
    ...["ZRANGEBYSCORE 100", "ZRANK in 10⁶", "XADD", "XRANGE 100", "XREADGROUP, XACK"],
    ...["BITCOUNT of 1 MB", "PFADD", "GEOSEARCH", "SORT 1,000"],
  ]);
});
