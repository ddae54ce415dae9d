import fc from "fast-check";
import { recordEvidence } from "../../scripts/evidence.ts";
import { flag, integer, optionalInteger, optionsOf } from "../../scripts/options.ts";
import { addToCorpus, readCorpus } from "./corpus.ts";
import { connectionInput, pieceSizes } from "./generate.ts";
import { compareWithRedis } from "./redis.ts";
import { checkResp, type RespCase } from "./resp.ts";
import { fuzzConnections } from "./tcp.ts";

/**
 * `pnpm fuzz`: fuzzes the request parser, the query buffer and whole connections to a running
 * server. The corpus is replayed first. A failing input is shrunk and added to the corpus.
 */

const PROGRESS_MS = 5000;

const options = optionsOf(
  {
    name: "pnpm fuzz",
    does: "Fuzzes the request parser, the query buffer and whole connections.",
  },
  {
    runs: integer("inputs of the parser", 20_000, 1),
    connections: integer("cases of whole connections", 1000, 1),
    seed: optionalInteger("of the first input", "by chance"),
    "against-redis": flag("ask redis-server for its verdict on every input of the parser too"),
  },
);
const { runs, connections, seed = Date.now() & 0x7fffffff } = options;

console.log(`fuzz: ${runs} inputs, ${connections} cases of connections, seed ${seed}`);
const replayed = replayCorpus();
fuzzResp();
await fuzzConnections({ runs: connections, seed });
if (options["against-redis"]) await compareWithRedis({ runs, seed });

/** Every input of the corpus, cut in several ways, with and without authentication. */
function replayCorpus(): number {
  const entries = readCorpus("resp");
  for (const { name, input } of entries) {
    for (const authRequired of [false, true]) {
      for (const sizes of [[1], [3, 50], [65_536]]) {
        try {
          checkResp({ input, sizes, authRequired });
        } catch (error) {
          console.error(`fuzz: corpus/resp/${name} fails: ${messageOf(error)}`);
          process.exit(1);
        }
      }
    }
  }
  return entries.length;
}

function fuzzResp(): void {
  const startMs = performance.now();
  const ends = new Map<string, number>();
  let cases = 0;
  let requests = 0;
  let printedMs = startMs;
  const property = fc.property(
    fc.record<RespCase>({ input: connectionInput, sizes: pieceSizes, authRequired: fc.boolean() }),
    (one) => {
      const verdict = checkResp(one);
      cases++;
      requests += verdict.requests.length;
      const end = verdict.end.replace(/got '.'/s, "got '?'");
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (performance.now() - printedMs > PROGRESS_MS) {
        printedMs = performance.now();
        console.log(`fuzz: ${cases} of ${runs} inputs, ${requests} requests`);
      }
    },
  );
  const result = fc.check(property, { numRuns: runs, seed, endOnFailure: false });
  if (result.failed) {
    const { input, sizes, authRequired } = result.counterexample![0];
    const path = addToCorpus("resp", input);
    console.error(`fuzz: failed after ${result.numRuns} inputs, shrunk ${result.numShrinks} times`);
    console.error(`  input ${JSON.stringify(input.slice(0, 500))} (${input.length} bytes)`);
    console.error(`  pieces ${sizes}, ${authRequired ? "before" : "after"} authentication`);
    console.error(`  ${messageOf(result.errorInstance)}`);
    console.error(`  kept as ${path}; again with --seed ${seed}`);
    process.exit(1);
  }
  if (cases === 0 || requests === 0) {
    console.error("fuzz: nothing was checked");
    process.exit(1);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`fuzz: how the inputs ended:`);
  for (const [end, count] of [...ends].sort((a, b) => b[1] - a[1]))
    console.log(`  ${count} ${end}`);
  console.log(
    `fuzz: ${cases} inputs with ${requests} requests agree in ${seconds} s, ${replayed} of the corpus`,
  );
  recordEvidence("fuzz", { inputs: cases, requests });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
