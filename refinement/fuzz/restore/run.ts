/**
 * `pnpm fuzz:restore`: gives RESTORE payloads that were changed where it means something, with a
 * checksum that is right again. The corpus is replayed first. What fails is added to the corpus.
 */
import { recordEvidence } from "../../../scripts/evidence.ts";
import { flag, integer, optionalInteger, optionsOf } from "../../../scripts/options.ts";
import { addToCorpus, readCorpus } from "../corpus.ts";
import { damageOf, differenceOf } from "./differences.ts";
import { BadVerdict, fuzzRestore, neverSeen, shown, type Tally } from "./fuzz.ts";
import { RestoreJudge, type Verdict } from "./judge.ts";
import { CHANGE_NAMES } from "./mutate.ts";
import { makesHugeTable } from "./parts.ts";
import { RestoringRedis } from "./redis.ts";
import { ownSeeds } from "./seeds.ts";
import { watchForHang } from "./watchdog.ts";

const PROGRESS_MS = 5000;
/** So many payloads of each run are given to redis-server too. */
const COMPARED = 5000;

const options = optionsOf(
  { name: "pnpm fuzz:restore", does: "Fuzzes RESTORE with payloads that were changed." },
  {
    runs: integer("payloads", 30_000, 1),
    seed: optionalInteger("of the first payload", "by chance"),
    forget: flag("do not add what fails to the corpus"),
  },
);
const { runs, seed = Date.now() & 0x7fffffff } = options;

console.log(`fuzz:restore: ${runs} payloads, seed ${seed}`);
const watch = watchForHang();
const judge = new RestoreJudge();
const corpus = readCorpus("restore").map(({ input }) => Buffer.from(input, "latin1"));
for (const payload of corpus) judge.judge(payload);

const redis = await RestoringRedis.start();
try {
  const theirs = await redis.seeds();
  const seeds = [...ownSeeds(), ...theirs];
  const compared: { payload: Uint8Array; verdict: Verdict | null }[] = [];
  const startMs = performance.now();
  let printedMs = startMs;
  let count = 0;
  const tally = fuzzRestore(seeds, runs, seed, (payload, verdict) => {
    count++;
    watch.alive(payload);
    if (count % Math.ceil(runs / COMPARED) === 0 && !makesHugeTable(payload)) {
      compared.push({ payload, verdict });
    }
    if (performance.now() - printedMs < PROGRESS_MS) return;
    printedMs = performance.now();
    console.log(`fuzz:restore: ${count} of ${runs} payloads`);
  });
  watch.stop();
  print(tally);
  const differences = await differencesOf(compared);
  const missing = neverSeen(tally);
  for (const one of missing) console.error(`fuzz:restore: ${one}`);
  if (missing.length > 0 || differences > 0) process.exitCode = 1;
  else {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(
      `fuzz:restore: ${runs} payloads are refused or sound in ${seconds} s, and ${corpus.length} of the corpus`,
    );
    recordEvidence("fuzz:restore", { payloads: runs, compared: compared.length });
  }
} catch (error) {
  if (!(error instanceof BadVerdict)) throw error;
  console.error(`fuzz:restore: ${error.message}\n  payload ${shown(error.payload)}`);
  console.error(`  again with --seed ${seed}`);
  const input = Buffer.from(error.payload).toString("latin1");
  if (!options.forget) console.error(`  kept as ${addToCorpus("restore", input)}`);
  process.exitCode = 1;
} finally {
  watch.stop();
  await redis.stop();
}

function print({ accepted, refused, types }: Tally): void {
  console.log("accepted  refused  change");
  for (const name of CHANGE_NAMES) {
    const counts = [accepted.get(name) ?? 0, refused.get(name) ?? 0];
    console.log(`${String(counts[0]).padStart(8)} ${String(counts[1]).padStart(8)}  ${name}`);
  }
  console.log(`made: ${[...types].map(([type, n]) => `${n} of ${type}`).join(", ")}`);
}

/** Asks redis-server about the same payloads; returns how many differences have no name. */
async function differencesOf(
  all: readonly { payload: Uint8Array; verdict: Verdict | null }[],
): Promise<number> {
  const named = new Map<string, number>();
  let unknown = 0;
  for (let from = 0; from < all.length; from += 200) {
    const some = all.slice(from, from + 200);
    const verdicts = await redis.verdicts(some.map(({ payload }) => payload));
    some.forEach(({ payload, verdict }, i) => {
      const name = differenceOf(payload, verdict, verdicts[i]!);
      if (name === null) return;
      if (name === undefined) {
        if (unknown++ < 10) {
          console.error(
            `fuzz:restore: we say ${JSON.stringify(verdict)}, redis-server ${JSON.stringify(verdicts[i])}, of ${damageOf(payload)}: ${shown(payload)}`,
          );
        }
        return;
      }
      named.set(name, (named.get(name) ?? 0) + 1);
    });
  }
  console.log(`redis-server: ${all.length} payloads compared`);
  for (const [name, n] of named) console.log(`${String(n).padStart(8)}  differ: ${name}`);
  return unknown;
}
