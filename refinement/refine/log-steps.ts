/** The inputs of the log, drawn by chance. */
import fc from "fast-check";
import type { Policy } from "../../model/log/state.ts";
import type { SyncOutcome } from "../../testing/disk.ts";
import { CONNECTIONS, type Connection, type End, type LogWorld } from "./log-world.ts";

/** One input. */
export type LogInput =
  | { readonly do: "write"; readonly connection: Connection; readonly isTransaction: boolean }
  | { readonly do: "read" | "ask" | "disconnect"; readonly connection: Connection }
  | { readonly do: "expire" | "flush" | "close" | "other" }
  | { readonly do: "pass"; readonly ms: number; readonly isTick: boolean }
  | { readonly do: "sync ends" | "next sync"; readonly outcome: SyncOutcome }
  | { readonly do: "take"; readonly bytes: number; readonly times: number }
  | { readonly do: "stubborn"; readonly is: boolean }
  | { readonly do: "fail now" }
  | { readonly do: "space"; readonly bytes: number | null }
  | { readonly do: "end"; readonly end: End };

/** An input, and where its process ends in the middle of it. */
export interface LogStep {
  readonly input: LogInput;
  /** At the call of the disk after so many. */
  readonly dies: { readonly after: number; readonly end: End } | null;
}

/** A run of the log. */
export interface LogSequence {
  readonly policy: Policy;
  readonly steps: readonly LogStep[];
}

const connection = fc.constantFrom(...CONNECTIONS);
const end: fc.Arbitrary<End> = fc.record({
  how: fc.constantFrom("kill", "power"),
  share: fc.constantFrom(0, 0.2, 0.4, 0.6, 0.8, 1),
});

const outcome: fc.Arbitrary<SyncOutcome> = fc.oneof(
  { weight: 12, arbitrary: fc.constant("ok") },
  { weight: 1, arbitrary: fc.constantFrom("fails", "drops") },
);

function input(weight: number, arbitrary: fc.Arbitrary<LogInput>) {
  return { weight, arbitrary };
}

const inputs = fc.oneof(
  input(16, fc.record({ do: fc.constant("write"), connection, isTransaction: fc.boolean() })),
  input(12, fc.record({ do: fc.constantFrom("read", "read", "ask"), connection })),
  input(1, fc.record({ do: fc.constant("disconnect"), connection })),
  input(3, fc.record({ do: fc.constant("expire") })),
  input(20, fc.record({ do: fc.constant("flush") })),
  input(
    8,
    fc.record({
      do: fc.constant("pass"),
      ms: fc.constantFrom(0, 1, 1000, 1000, 1999, 2000, 2000),
      isTick: fc.boolean(),
    }),
  ),
  input(16, fc.record({ do: fc.constant("sync ends"), outcome })),
  input(4, fc.record({ do: fc.constant("next sync"), outcome })),
  input(
    4,
    fc.record({
      do: fc.constant("take"),
      bytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 70 })),
      times: fc.constantFrom(1, 2),
    }),
  ),
  input(1, fc.record({ do: fc.constant("stubborn"), is: fc.boolean() })),
  input(1, fc.record({ do: fc.constant("fail now") })),
  input(
    2,
    fc.record({
      do: fc.constant("space"),
      bytes: fc.constantFrom(null, null, null, 40, 400),
    }),
  ),
  input(1, fc.record({ do: fc.constant("close") })),
  input(3, fc.record({ do: fc.constant("end"), end })),
  input(5, fc.record({ do: fc.constant("other") })),
);

const step: fc.Arbitrary<LogStep> = fc.record({
  input: inputs,
  dies: fc.oneof(
    { weight: 11, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 9 }), end }) },
  ),
});

/** Runs of at most `length` inputs; in half of them syncs take long. */
export function logSequences(length: number): fc.Arbitrary<LogSequence> {
  return fc
    .record({
      policy: fc.constantFrom("always", "everysec", "no"),
      isSlow: fc.boolean(),
      steps: fc.array(step, { maxLength: length, size: "max" }),
    })
    .map(({ policy, isSlow, steps }) => ({ policy, steps: isSlow ? slowed(steps) : steps }));
}

/** How many of the ends of syncs are left out where syncs take long: all but one in so many. */
const SLOW_FACTOR = 5;

function slowed(steps: readonly LogStep[]): readonly LogStep[] {
  return steps.filter(({ input: given }, i) => given.do !== "sync ends" || i % SLOW_FACTOR === 0);
}

const KILL: End = { how: "kill", share: 1 };

/** Gives the world an input, or what comes closest to it in the state that the world is in. */
export function takeStep(world: LogWorld, { input, dies }: LogStep): void {
  world.disk.callsLeft = dies?.after ?? null;
  world.run(() => give(world, input), dies?.end ?? KILL);
}

function give(world: LogWorld, given: LogInput): void {
  if (changesDisk(world, given)) return;
  if (given.do === "end") {
    world.end(given.end);
    return;
  }
  if (given.do === "other") {
    world.other();
    return;
  }
  if (world.status === "down") world.recover();
  else if (world.status === "poisoned") givePoisoned(world, given);
  else giveServing(world, given);
}

function changesDisk({ disk }: LogWorld, given: LogInput): boolean {
  if (given.do === "take") {
    for (let i = 0; i < given.times; i++) disk.nextAppends.push(given.bytes);
  } else if (given.do === "stubborn") disk.isStubborn = given.is;
  else if (given.do === "fail now") disk.failsNow = true;
  else if (given.do === "next sync") disk.nextSync = given.outcome;
  else if (given.do === "space") {
    disk.capacityBytes =
      given.bytes === null ? Number.POSITIVE_INFINITY : disk.usedBytes + given.bytes;
  } else return false;
  return true;
}

/** Nothing that a poisoned log is told has an effect; in the end its process stops. */
function givePoisoned(world: LogWorld, given: LogInput): void {
  if (given.do === "flush") world.flush();
  else if (given.do === "pass") world.pass(given.ms, given.isTick);
  else world.stop();
}

function giveServing(world: LogWorld, given: LogInput): void {
  if (given.do === "flush") world.flush();
  else if (given.do === "pass") world.pass(given.ms, given.isTick);
  else if (given.do === "sync ends") {
    if (world.disk.isSyncing) world.disk.endSync(given.outcome);
  } else if (!world.isServing) world.flush();
  else giveRequest(world, given);
}

function giveRequest(world: LogWorld, given: LogInput): void {
  if (given.do === "write") world.write(given.connection, given.isTransaction);
  else if (given.do === "read") world.read(given.connection);
  else if (given.do === "ask") world.ask(given.connection);
  else if (given.do === "disconnect") world.disconnect(given.connection);
  else if (given.do === "expire") world.expire();
  else if (given.do === "close") world.close();
}

/** A run for a reader. */
export function showLogSequence({ policy, steps }: LogSequence): string {
  const lines = steps.map(({ input, dies }, i) => {
    const { do: what, ...rest } = input;
    const words = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
    const death =
      dies === null
        ? ""
        : `   (${dies.end.how} at disk call ${dies.after}, ${dies.end.share} stays)`;
    return `  ${String(i + 1).padStart(3)}  ${what}${words}${death}`;
  });
  return [`appendfsync ${policy}`, ...lines].join("\n");
}
