/**
 * `pnpm refine:introspection`: what a server says about itself, Veridis beside a real redis-server.
 *
 * The model leaves these replies free, so the two servers are compared directly, in RESP2 and
 * RESP3: COMMAND INFO, DOCS, LIST, GETKEYS and GETKEYSANDFLAGS; CONFIG GET's defaults and CONFIG
 * SET's errors; the names of INFO's and CLIENT LIST's fields, and INFO's values after the
 * same conversation; the forms that HELP names; errors.
 */

import { createServer } from "../../impl/server/index.ts";
import { optionalInteger, optionsOf } from "../../scripts/options.ts";
import { ask, connectClient } from "../../testing/wire/client.ts";
import { type Comparison, checks, missingCommands } from "./introspection-checks.ts";
import { escapeBytes } from "./print.ts";
import { startRedis } from "./redis.ts";

/** How many differences of one check are printed in full. */
const SHOWN = 12;

const MAX_LINE = 400;

async function openPair(ports: readonly [number, number], protocol: 2 | 3, seed: number) {
  const [redis, veridis] = [await connectClient(ports[0]), await connectClient(ports[1])];
  const [redisToo, veridisToo] = [await connectClient(ports[0]), await connectClient(ports[1])];
  const clients = [redis, veridis, redisToo, veridisToo];
  if (protocol === 3) for (const client of clients) await ask(client, "HELLO", "3");
  const close = (): void => {
    for (const client of clients) client.close();
  };
  return { redis, veridis, redisToo, veridisToo, protocol, seed, close };
}

/** Runs every check in one protocol; returns the number of differences. */
async function runChecks(ports: readonly [number, number], protocol: 2 | 3, seed: number) {
  let differences = 0;
  for (const { name, run } of checks) {
    const pair = await openPair(ports, protocol, seed);
    const comparisons = await run(pair);
    pair.close();
    const differing = distinct(comparisons.filter((one) => one.redis !== one.veridis));
    differences += differing.length + (comparisons.length === 0 ? 1 : 0);
    const verdict = differing.length === 0 ? "alike" : `${differing.length} DIFFER`;
    console.log(`RESP${protocol} ${name.padEnd(34)} ${comparisons.length} compared, ${verdict}`);
    for (const one of differing.slice(0, SHOWN)) console.log(show(one));
    if (differing.length > SHOWN) console.log(`    … ${differing.length - SHOWN} more`);
  }
  return differences;
}

/** One difference per subject. */
function distinct(comparisons: ReadonlyArray<Comparison>): ReadonlyArray<Comparison> {
  return [...new Map(comparisons.map((one) => [one.subject, one])).values()];
}

/** A difference, from the first byte at which the two part. */
function show({ subject, redis, veridis }: Comparison): string {
  let at = 0;
  while (at < redis.length && redis[at] === veridis[at]) at += 1;
  const from = Math.max(0, at - 40);
  const cut = (text: string): string => escapeBytes(text.slice(from)).slice(0, MAX_LINE);
  return `    ${subject}\n      redis    ${cut(redis)}\n      veridis  ${cut(veridis)}`;
}

async function main(): Promise<number> {
  const values = optionsOf(
    {
      name: "pnpm refine:introspection",
      does: "Compares what Veridis and a real redis-server say about themselves.",
    },
    { seed: optionalInteger("of the drawn commands", "by chance") },
  );
  const seed = values.seed ?? Math.floor(Math.random() * 0x7fffffff);
  console.log(`refine:introspection --seed ${seed}`);
  const redis = await startRedis();
  const veridis = await createServer({
    port: 0,
    config: { "enable-debug-command": "yes", "enable-protected-configs": "yes" },
  });
  try {
    const ports = [redis.port, veridis.port] as const;
    const pair = await openPair(ports, 2, seed);
    console.log(`Veridis has not: ${await missingCommands(pair)}`);
    pair.close();
    const differences = (await runChecks(ports, 2, seed)) + (await runChecks(ports, 3, seed));
    console.log(
      differences === 0 ? "Both servers are alike." : `FAILED: ${differences} differences`,
    );
    return differences === 0 ? 0 : 1;
  } finally {
    await veridis.close();
    await redis.stop();
  }
}

process.exitCode = await main();
