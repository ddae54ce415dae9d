/** Whole runs: commands of several connections, with scenarios that chance alone would rarely find. */

import fc from "fast-check";
import { drawsWaits } from "../waiting.ts";
import { commandTable, disturbances, makesFor, scenarios, typeFor } from "./commands.ts";
import type { CommandEntry } from "./grammar.ts";
import { makingAny } from "./making.ts";
import { type Invocation, type Sequence, type Step, step } from "./step.ts";
import { key, pick } from "./values.ts";

/** What the sequences are made of. */
export interface SequenceOptions {
  /** Steps, about; scenarios count as one. */
  readonly length: number;
  /** The commands to draw from; all of the table by default. */
  readonly commands?: ReadonlyArray<CommandEntry>;
  /** The protocols that connections start with; both by default. */
  readonly protocols?: ReadonlyArray<2 | 3>;
}

/** Any command of the table by weight. */
function anyCommand(commands: ReadonlyArray<CommandEntry>): fc.Arbitrary<Invocation> {
  return fc.oneof(...commands.map(({ weight, arbitrary }) => ({ weight, arbitrary })));
}

/** How many pieces a tour has: commands, and writes of whole values. */
const TOUR_LENGTH = 60;

/**
 * A run for one command: itself, right and wrong, among writes that give it something to meet.
 *
 * What chance reaches only now and then among all commands, a tour reaches every time.
 */
export function tour(entry: CommandEntry, protocol: 2 | 3): fc.Arbitrary<Sequence> {
  const write = fc.tuple(key, makingAny(typeFor(entry))).map(([name, make]) => make(name));
  const makes = makesFor(entry);
  const piece = pick<ReadonlyArray<Invocation>>(
    [12, entry.arbitrary.map((one) => [one])],
    [4, (entry.wrong ?? entry.arbitrary).map((one) => [one])],
    [4, write],
    ...(makes === undefined ? [] : [[6, makes.map((one) => [one])] as const]),
  );
  return fc
    .noBias(fc.array(piece, { minLength: TOUR_LENGTH, maxLength: TOUR_LENGTH, size: "max" }))
    .map((list) => ({ protocols: [protocol], steps: list.flat().map((one) => step(0, one)) }));
}

/** Runs of about `length` steps over one to three connections in RESP2 or RESP3. */
export function sequences(options: SequenceOptions): fc.Arbitrary<Sequence> {
  const { commands = commandTable } = options;
  const any = anyCommand(commands);
  const protocol = fc.constantFrom<2 | 3>(...(options.protocols ?? [2, 3]));
  return fc.integer({ min: 1, max: 3 }).chain((connections) => {
    const actor = fc.nat({ max: connections - 1 });
    const disturbing = (name: string) => fc.constantFrom(...disturbances(name));
    const cast = { actor, any, making: makingAny(), disturbing };
    const single = fc.tuple(actor, any).map(([a, invocation]) => [step(a, invocation)]);
    const gone = actor.map((a): ReadonlyArray<Step> => [{ _tag: "Disconnect", connection: a }]);
    const made = fc
      .tuple(actor, key, cast.making)
      .map(([a, name, make]) => make(name).map((one) => step(a, one)));
    const drawn = new Set(commands.map((entry) => entry.name));
    const mayWait = commands.some(drawsWaits);
    const piece = pick<ReadonlyArray<Step>>(
      [60, single],
      [3, made],
      ...scenarios
        .filter(({ command, waits }) => drawn.has(command) && (mayWait || waits !== true))
        .map(({ weight, steps }) => [weight, steps(cast)] as const),
      [1, gone],
    );
    return fc
      .tuple(
        fc.array(protocol, { minLength: connections, maxLength: connections }),
        fc.array(piece, { minLength: 1, maxLength: options.length, size: "max" }),
      )
      .map(([protocols, pieces]) => ({ protocols, steps: pieces.flat() }));
  });
}
