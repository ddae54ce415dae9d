/**
 * `pnpm bench stalls`: the longest that another client waits while a collection of a million
 * elements is built, deleted, overwritten, expired and flushed. Writes its table into
 * `docs/PERFORMANCE.md`; a stall beyond the ceiling fails the run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { markdownTable } from "../../../scripts/docs/table.ts";
import { today, writeSection } from "../document.ts";
import { type Programs, withPair } from "../pair.ts";
import { CLIENT_CORE, type ServerProcess } from "../processes.ts";
import { median } from "../report.ts";
import { inChunks, padded, sendAll } from "./send.ts";

const PROBE = fileURLToPath(new URL("probe.ts", import.meta.url));
const ELEMENTS = 1_000_000;
const CEILING_MS = 10;
/** What is freed piece by piece is freed by then. */
const SETTLING_MS = 1500;

const member = (i: number): string => `member:${padded(i)}`;

const TYPES: Readonly<Record<string, (i: number) => readonly string[]>> = {
  RPUSH: () => ["0123456789"],
  SADD: (i) => [member(i)],
  HSET: (i) => [member(i), "0123456789"],
  ZADD: (i) => [String(i), member(i)],
};

/** What is done with a collection that is there: the requests, after which it is gone. */
const ENDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  delete: [["DEL", "c"]],
  overwrite: [
    ["SET", "c", "x"],
    ["DEL", "c"],
  ],
  expire: [["PEXPIRE", "c", "1"]],
  flush: [["FLUSHALL"]],
};

/** Runs `work` while another process asks; the longest wait, in milliseconds. */
async function worstMs(server: ServerProcess, work: () => Promise<void>): Promise<number> {
  const probe = spawn(
    "taskset",
    ["-c", String(CLIENT_CORE), "nice", "-n", "-5", process.execPath, PROBE, String(server.port)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: probe.stdout })[Symbol.asyncIterator]();
  try {
    await lines.next();
    await work();
    probe.stdin.end();
    const { value } = await lines.next();
    const worst = Number(value);
    if (!(worst > 0)) throw new Error(`the probe printed: ${value}`);
    return worst;
  } finally {
    if (probe.exitCode === null) {
      probe.kill();
      await once(probe, "exit");
    }
  }
}

interface Row {
  readonly what: string;
  readonly redis: readonly number[];
  readonly veridis: readonly number[];
}

async function measure(server: ServerProcess, command: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [end, requests] of Object.entries(ENDS)) {
    const built = await worstMs(server, () =>
      sendAll(server.port, inChunks([command, "c"], ELEMENTS, TYPES[command]!)),
    );
    found.set("build", Math.max(built, found.get("build") ?? 0));
    const ended = await worstMs(server, async () => {
      await sendAll(server.port, requests);
      await sleep(SETTLING_MS);
    });
    found.set(end, ended);
  }
  return found;
}

/** Runs the bench. Returns the stalls beyond the ceiling. */
export async function benchStalls(
  programs: Programs,
  rounds: number,
  writes: boolean,
): Promise<string[]> {
  const rows = new Map<string, { redis: number[]; veridis: number[] }>();
  await withPair(programs, [], async (pair) => {
    for (const command of Object.keys(TYPES)) {
      for (let round = 0; round < rounds; round++) {
        for (const server of pair) {
          for (const [what, ms] of await measure(server, command)) {
            const name = `${command}, ${what}`;
            if (!rows.has(name)) rows.set(name, { redis: [], veridis: [] });
            rows.get(name)![server.name].push(ms);
          }
        }
      }
    }
  });
  const all: readonly Row[] = [...rows].map(([what, row]) => ({ what, ...row }));
  for (const { what, redis, veridis } of all) {
    process.stdout.write(
      `${what}: ${median(veridis).toFixed(1)} ms, Redis ${median(redis).toFixed(1)}\n`,
    );
  }
  if (writes) {
    const headings = ["a million elements", "Redis ms", "Veridis ms"];
    const cells = all.map(({ what, redis, veridis }) => [
      what,
      median(redis).toFixed(1),
      median(veridis).toFixed(1),
    ]);
    writeSection("stalls", [
      `Measured on ${today()} by \`pnpm bench stalls\`: the longest that a PING of another client waits, medians of ${rounds}.`,
      "",
      markdownTable([headings, ...cells]).trimEnd(),
    ]);
  }
  return all.flatMap(({ what, veridis }) =>
    median(veridis) <= CEILING_MS
      ? []
      : [`${what}: ${median(veridis).toFixed(1)} ms, ceiling ${CEILING_MS}`],
  );
}
