/** Many payloads, each judged; every kind of change and every verdict is counted. */
import { latin1 } from "../../../impl/resp/request.ts";
import { type TypeName, typeNames } from "../../../model/keyspace/index.ts";
import { seededRandom } from "../../../testing/random.ts";
import { RestoreJudge, type Verdict } from "./judge.ts";
import { CHANGE_NAMES, Chance, mutated } from "./mutate.ts";

/** How often something was seen, by its name. */
export type Counts = Map<string, number>;

/** What a run has seen. */
export interface Tally {
  payloads: number;
  /** Kinds of change, by verdict. */
  readonly accepted: Counts;
  readonly refused: Counts;
  /** Values that were made, by type. */
  readonly types: Counts;
}

/** A payload for which the server has done what it must not. */
export class BadVerdict extends Error {
  readonly payload: Uint8Array;

  constructor(index: number, payload: Uint8Array, changes: readonly string[], cause: unknown) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`payload ${index}: ${changes.join(", then ")}: ${why}`);
    this.payload = payload;
  }
}

/** What may be told of each payload. */
export type Told = (
  payload: Uint8Array,
  verdict: Verdict | null,
  changes: readonly string[],
) => void;

/**
 * Changes and judges payloads.
 *
 * @param tell of each payload what it is and what has become of it
 * @throws BadVerdict
 */
export function fuzzRestore(
  seeds: readonly Uint8Array[],
  runs: number,
  seed: number,
  tell: Told = () => {},
): Tally {
  const judge = new RestoreJudge();
  const chance = new Chance(seededRandom(seed));
  const tally: Tally = { payloads: 0, accepted: new Map(), refused: new Map(), types: new Map() };
  const count = (counts: Counts, name: string): void =>
    void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (let i = 0; i < runs; i++) {
    const { payload, changes } = mutated(chance.of(seeds), chance.of(seeds), chance);
    let verdict: Verdict | null;
    try {
      verdict = judge.judge(payload);
    } catch (error) {
      throw new BadVerdict(i + 1, payload, changes, error);
    }
    tally.payloads++;
    for (const change of changes) count(verdict === null ? tally.refused : tally.accepted, change);
    if (verdict !== null) count(tally.types, verdict.type);
    tell(payload, verdict, changes);
  }
  return tally;
}

/** Kinds of change that no value can outlive, or that none can be refused for. */
const NEVER_ACCEPTED: ReadonlySet<string> = new Set(["a huge length", "the end cut off"]);
const NEVER_REFUSED: ReadonlySet<string> = new Set(["none"]);

/** What a run should have seen and has not. */
export function neverSeen({ accepted, refused, types }: Tally): readonly string[] {
  const missing = (names: readonly string[], counts: Counts, what: string): readonly string[] =>
    names.filter((name) => !counts.has(name)).map((name) => `${what}: ${name}`);
  return [
    ...missing(
      CHANGE_NAMES.filter((name) => !NEVER_ACCEPTED.has(name)),
      accepted,
      "never accepted",
    ),
    ...missing(
      CHANGE_NAMES.filter((name) => !NEVER_REFUSED.has(name)),
      refused,
      "never refused",
    ),
    ...missing(typeNames as readonly TypeName[], types, "never made"),
  ];
}

/** A payload as it can be written down. */
export function shown(payload: Uint8Array): string {
  return JSON.stringify(latin1(payload, 0, Math.min(payload.length, 400)));
}
