/**
 * `pnpm bench elements`: memory per element of collections of 10 to 10⁶ elements of 10 and 40
 * bytes. Writes its table into `docs/PERFORMANCE.md`; a ceiling that is passed fails the run.
 */
import { markdownTable } from "../../../scripts/docs/table.ts";
import { today, writeSection } from "../document.ts";
import { type Programs, withPair } from "../pair.ts";
import { residentBytes } from "../processes.ts";
import { median } from "../report.ts";
import { inChunks, sendAll } from "./send.ts";

const COUNTS = [10, 100, 10_000, 1_000_000] as const;
const ELEMENT_BYTES = [10, 40] as const;
/** Elements in all, in as many collections as that makes. */
const TOTAL = 1_000_000;
/** The most memory, relative to Redis. */
const CEILING = 1.1;

/** Requests that come before the filling, and the elements of each. */
const WARM_UPS = 3000;
const CHUNK = 100;

/** How a type is filled: its command, and what adds one element. */
const TYPES: Readonly<Record<string, (text: string, i: number) => readonly string[]>> = {
  RPUSH: (text) => [text],
  SADD: (text) => [text],
  HSET: (text, i) => [text, String(i % 1000)],
  ZADD: (text, i) => [String(i), text],
};

interface Row {
  readonly command: string;
  readonly count: number;
  readonly elementBytes: number;
  /** Bytes per element. */
  readonly redis: number;
  readonly veridis: number;
}

function* fill(command: string, count: number, elementBytes: number): Generator<readonly string[]> {
  const element = TYPES[command]!;
  for (let made = 0; made < TOTAL; made += count) {
    const text = (i: number) => String(made + i).padStart(elementBytes, "e");
    yield* inChunks([command, `key:${made}`], count, (i) => element(text(i), i));
  }
}

/** Requests like those of a filling that leave nothing: code is compiled and buffers are made by them, whatever is filled. */
function* warmUp(command: string, elementBytes: number): Generator<readonly string[]> {
  for (let i = 0; i < WARM_UPS; i++) {
    const text = (j: number) => String(j).padStart(elementBytes, "e");
    yield* inChunks([command, "warm"], CHUNK, (j) => TYPES[command]!(text(j), j));
    yield ["DEL", "warm"];
  }
}

/** One run: bytes per element of each. */
async function measure(
  programs: Programs,
  command: string,
  count: number,
  elementBytes: number,
): Promise<Pick<Row, "redis" | "veridis">> {
  // Fresh processes: memory that an earlier filling has left would be used again.
  return await withPair(programs, [], async (pair) => {
    const perElement = { redis: 0, veridis: 0 };
    for (const server of pair) {
      await sendAll(server.port, warmUp(command, elementBytes));
      const before = residentBytes(server.pid);
      await sendAll(server.port, fill(command, count, elementBytes));
      perElement[server.name] = (residentBytes(server.pid) - before) / TOTAL;
    }
    return perElement;
  });
}

function judge(rows: readonly Row[]): string[] {
  return rows.flatMap(({ command, count, elementBytes, redis, veridis }) => {
    const ratio = veridis / redis;
    if (ratio <= CEILING) return [];
    const where = `${command}, ${count} elements of ${elementBytes} bytes`;
    return [`${where}: ${ratio.toFixed(2)}x of Redis' memory, ceiling ${CEILING}`];
  });
}

/** Runs the bench. Returns the ceilings that were passed. */
export async function benchElements(
  programs: Programs,
  rounds: number,
  writes: boolean,
): Promise<string[]> {
  const rows: Row[] = [];
  for (const command of Object.keys(TYPES)) {
    for (const count of COUNTS) {
      for (const elementBytes of ELEMENT_BYTES) {
        const runs: Pick<Row, "redis" | "veridis">[] = [];
        while (runs.length < rounds) {
          runs.push(await measure(programs, command, count, elementBytes));
        }
        const redis = median(runs.map((run) => run.redis));
        const veridis = median(runs.map((run) => run.veridis));
        rows.push({ command, count, elementBytes, redis, veridis });
        process.stdout.write(
          `${command}, ${count} of ${elementBytes} bytes: ${veridis.toFixed(1)} bytes an element, Redis ${redis.toFixed(1)}\n`,
        );
      }
    }
  }
  if (writes) {
    const headings = ["filled by", "elements", "bytes each", "Redis", "Veridis", "ratio"];
    const cells = rows.map(({ command, count, elementBytes, redis, veridis }) => [
      ...[command, count.toLocaleString("en-US"), String(elementBytes)],
      ...[redis.toFixed(1), veridis.toFixed(1), (veridis / redis).toFixed(2)],
    ]);
    writeSection("elements", [
      `Measured on ${today()} by \`pnpm bench elements\`: resident bytes per element, ${TOTAL.toLocaleString("en-US")} elements in all in a fresh process, medians of ${rounds}.`,
      "",
      markdownTable([headings, ...cells]).trimEnd(),
    ]);
  }
  return judge(rows);
}
