/** The other direction: behaviours of a specification through the production cores. */
import { machine as blockingMachine } from "../../model/blocking/machine.ts";
import { machine as logMachine } from "../../model/log/machine.ts";
import type { Machine } from "../../model/machine.ts";
import { machine as trackingMachine } from "../../model/tracking/machine.ts";
import { machine as transactionsMachine } from "../../model/transactions/machine.ts";
import { inParallel } from "../../scripts/parallel.ts";
import type { Specification } from "../../specs/manifest.ts";
import { Disagreement } from "../refine/log-world.ts";
import { type GeneratedBehaviour, generateBehaviours } from "./behaviours.ts";
import { driveBlocking } from "./drive-blocking.ts";
import { driveLog } from "./drive-log.ts";
import { driveTracking } from "./drive-tracking.ts";
import { driveTransactions } from "./drive-transactions.ts";
import type { Driven } from "./driving.ts";
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
  const through = THROUGH[spec.spec]!;
  const sets = await inParallel(plan.configurations, 1, (name) => through(spec, name, seed, taken));
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

type Through = Pick<DrivenSet, "behaviours" | "failures">;

async function throughLog(
  spec: Specification,
  name: string,
  seed: number,
  taken: Map<string, number>,
): Promise<Through> {
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

/** Behaviours of a specification of what clients see, through the whole server. */
function throughServer<State>(
  machineOf: (name: string) => Machine<State>,
  drive: (behaviour: GeneratedBehaviour<State>, taken: Map<string, number>) => Driven,
): Drive {
  return async (spec, name, seed, taken) => {
    const generation = { ...PLANS[spec.spec]!, seed };
    const behaviours = await generateBehaviours(spec, name, machineOf(name), generation);
    const failures = behaviours.flatMap((behaviour, index) => {
      const { difference } = drive(behaviour, taken);
      return difference === null ? [] : [`behaviour ${index + 1} of ${name}: ${difference}`];
    });
    return { behaviours: behaviours.length, failures };
  };
}

type Drive = (
  spec: Specification,
  configuration: string,
  seed: number,
  taken: Map<string, number>,
) => Promise<Through>;

/** By specification. */
const THROUGH: Readonly<Record<string, Drive>> = {
  log: throughLog,
  transactions: throughServer(transactionsMachine, driveTransactions),
  blocking: throughServer(blockingMachine, driveBlocking),
  tracking: throughServer(trackingMachine, driveTracking),
};
