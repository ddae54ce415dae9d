/** The other direction: behaviours of a specification through the production cores. */
import { machine as logMachine } from "../../model/log/machine.ts";
import { machine as transactionsMachine } from "../../model/transactions/machine.ts";
import { inParallel } from "../../scripts/parallel.ts";
import type { Specification } from "../../specs/manifest.ts";
import { Disagreement } from "../refine/log-world.ts";
import { generateBehaviours } from "./behaviours.ts";
import { driveLog } from "./drive-log.ts";
import { driveTransactions } from "./drive-transactions.ts";
import { PLANS } from "./generations.ts";

/** What came of the behaviours of a specification. */
export interface DrivenSet {
  readonly behaviours: number;
  /** Steps of the specification that the production cores took. */
  readonly steps: number;
  readonly failures: readonly string[];
}

/**
 * Has TLC generate the behaviours of a specification and drives each through the production cores.
 *
 * @param seed of TLC's random choices
 */
export async function driveBehaviours(spec: Specification, seed: number): Promise<DrivenSet> {
  const plan = PLANS[spec.spec]!;
  const taken = new Map<string, number>();
  const sets = await inParallel(plan.configurations, 1, (name) =>
    spec.spec === "log"
      ? throughLog(spec, name, seed, taken)
      : throughServer(spec, name, seed, taken),
  );
  const missing = spec.actions
    .map(({ name }) => name)
    .filter((name) => !taken.has(name) && !plan.rare.includes(name))
    .map((name) => `no behaviour has the production code take ${name}`);
  return {
    behaviours: sets.reduce((sum, { behaviours }) => sum + behaviours, 0),
    steps: [...taken.values()].reduce((sum, count) => sum + count, 0),
    failures: [...sets.flatMap(({ failures }) => failures), ...missing],
  };
}

type Driven = Pick<DrivenSet, "behaviours" | "failures">;

async function throughLog(
  spec: Specification,
  name: string,
  seed: number,
  taken: Map<string, number>,
): Promise<Driven> {
  const generation = { ...PLANS["log"]!, seed };
  const behaviours = await generateBehaviours(spec, name, logMachine(name), generation);
  const failures = behaviours.flatMap((behaviour, index) => {
    try {
      driveLog(behaviour, taken);
      return [];
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      const { where, expected, actual } = error;
      return [`behaviour ${index + 1} of ${name}: ${where}: ${expected}, not ${actual}`];
    }
  });
  return { behaviours: behaviours.length, failures };
}

async function throughServer(
  spec: Specification,
  name: string,
  seed: number,
  taken: Map<string, number>,
): Promise<Driven> {
  const generation = { ...PLANS["transactions"]!, seed };
  const behaviours = await generateBehaviours(spec, name, transactionsMachine(name), generation);
  const failures = behaviours.flatMap((behaviour, index) => {
    const { difference } = driveTransactions(behaviour, taken);
    return difference === null ? [] : [`behaviour ${index + 1} of ${name}: ${difference}`];
  });
  return { behaviours: behaviours.length, failures };
}
