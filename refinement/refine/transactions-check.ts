/**
 * The production server's sessions, transactions and gate against `model/transactions`: every step
 * that the server says it takes must be a step of the model with the same reply, and between the
 * steps the server's state must mean the model's.
 */
import fc from "fast-check";
import * as actions from "../../model/transactions/actions.ts";
import { freshSession, initial, keysOf, type State } from "../../model/transactions/state.ts";
import { abstractTransactions, viewOf } from "../abstraction/transactions.ts";
import {
  type RawEvent,
  scriptLine,
  specCommand,
  specReply,
} from "../abstraction/transactions-words.ts";
import { Diverged, follow, requireEqual } from "./following.ts";
import { ServerWorld } from "./server-world.ts";
import {
  type ActionTally,
  type Divergence,
  type Plan,
  type Report,
  refineStimuli,
} from "./stimuli.ts";

const KEYS = ["x", "y"];
const CLIENTS = 3;
/** Values live so long that a few steps of time end them. */
const LIFETIME_MS = 20;

/** What a client, the disk, the clock or fate does. */
export type Stimulus =
  | { readonly _tag: "Send"; readonly client: number; readonly lines: readonly string[] }
  | { readonly _tag: "Flush" }
  | { readonly _tag: "EndSync" }
  | { readonly _tag: "Wait"; readonly ms: number }
  | { readonly _tag: "Tick" }
  | { readonly _tag: "Disconnect"; readonly client: number }
  | { readonly _tag: "Crash" };

type Step = (state: State, fields: RawEvent["fields"]) => actions.Next;

/** The model's function for each event. */
const STEPS: Readonly<Record<string, Step>> = {
  Send: (state, { session, command }) =>
    actions.Send(state, String(session), specCommand(String(command).split(" "))),
  ...ofSession({
    ...{ Run: actions.Run, RunExpired: actions.RunExpired, Refuse: actions.Refuse },
    ...{ Misuse: actions.Misuse, Multi: actions.Multi, Queue: actions.Queue },
    ...{ Watch: actions.Watch, Unwatch: actions.Unwatch, Discard: actions.Discard },
    ...{ ExecAbort: actions.ExecAbort, ExecNil: actions.ExecNil },
    ...{ ExecStart: actions.ExecStart, ExecNext: actions.ExecNext },
    ...{ ExecFinish: actions.ExecFinish, Reply: actions.Reply, Disconnect: actions.Disconnect },
  }),
  Pass: (state, { key }) => actions.Pass(state, String(key)),
  ActiveExpire: (state, { key }) => actions.ActiveExpire(state, String(key)),
  Persist: (state, { upTo }) => actions.Persist(state, Number(upTo)),
  Crash: (state, { keep }) => actions.Crash(state, Number(keep)),
  Restart: (state) => actions.Restart(state),
};

function ofSession(
  steps: Readonly<Record<string, (state: State, name: string) => actions.Next>>,
): Record<string, Step> {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [
      name,
      (state: State, { session }: RawEvent["fields"]) => step(state, String(session)),
    ]),
  );
}

/** Server and model, step by step. */
class Comparison {
  readonly #world: ServerWorld;
  readonly #tally: ActionTally;
  readonly #taken: RawEvent[];
  #state: State = initial([], KEYS, []);

  constructor(world: ServerWorld, tally: ActionTally, taken: RawEvent[]) {
    this.#world = world;
    this.#tally = tally;
    this.#taken = taken;
  }

  run(stimuli: readonly Stimulus[]): Divergence | null {
    return follow(stimuli, (stimulus) => {
      stimulate(this.#world, stimulus);
      this.#check();
    });
  }

  #check(): void {
    const { instance, steps, log } = this.#world;
    instance.observer!.timePasses();
    for (const event of steps.take()) this.#follow(event);
    this.#world.verifyInvariants();
    this.#connectNew();
    const keys = keysOf(this.#state);
    const expected = this.#connected(viewOf(this.#state));
    const actual = abstractTransactions(instance, keys);
    requireEqual("the data", expected.db, actual.db);
    for (const [name, session] of Object.entries(actual.sessions)) {
      requireEqual(`session ${name}`, expected.sessions[name], session);
    }
    requireEqual("the end of the log", this.#state.log.length, log.end);
    if (this.#state.durable > log.gate) {
      throw new Diverged("the gate", this.#state.durable, log.gate);
    }
  }

  /** The implementation's step must be one of the model, and its reply the model's. */
  #follow(event: RawEvent): void {
    const { action, fields } = event;
    this.#taken.push(event);
    this.#connectNew(fields["session"]);
    const step = STEPS[action];
    if (step === undefined) throw new Diverged(`action ${action}`, "an action", event);
    const before = this.#state;
    const after = step(before, fields);
    if (after === null) throw new Diverged(`action ${action}`, "another step", event);
    this.#state = after;
    this.#tally.set(action, (this.#tally.get(action) ?? 0) + 1);
    const reply = fields["reply"];
    if (reply === undefined) return;
    const modelled = repliedBy(action, before, after, String(fields["session"]));
    requireEqual(`the reply of ${action}`, modelled, specReply(String(reply)));
  }

  /** Sessions exist in the model from their first step, or from when they are seen. */
  #connectNew(name?: string | number | boolean): void {
    const names = [...this.#world.instance.clients.sessions.keys()].map(String);
    if (name !== undefined) names.push(String(name));
    const missing = names.filter((each) => this.#state.sessions[each] === undefined);
    if (missing.length === 0) return;
    const fresh = missing.map((each) => [each, freshSession(KEYS)] as const);
    const sessions = { ...this.#state.sessions, ...Object.fromEntries(fresh) };
    this.#state = { ...this.#state, sessions };
  }

  /** Sessions that are gone are fresh in the model, and of no interest. */
  #connected(view: ReturnType<typeof viewOf>): ReturnType<typeof viewOf> {
    for (const [name, session] of Object.entries(view.sessions)) {
      if (this.#world.instance.clients.sessions.has(Number(name))) continue;
      requireEqual(`session ${name}, which is gone`, freshSession(KEYS), session);
    }
    return view;
  }
}

/** The reply that a step of the model has written, or taken away. */
function repliedBy(action: string, before: State, after: State, name: string): readonly string[] {
  if (action === "Reply") return before.sessions[name]!.out[0]!.val;
  if (action === "ExecNext") return [after.executing!.results.at(-1)!];
  return after.sessions[name]!.out.at(-1)!.val;
}

function stimulate(world: ServerWorld, stimulus: Stimulus): void {
  if (stimulus._tag === "Send") world.send(stimulus.client, stimulus.lines);
  else if (stimulus._tag === "Flush") world.flush();
  else if (stimulus._tag === "EndSync") world.endSync();
  else if (stimulus._tag === "Wait") world.advance(stimulus.ms);
  else if (stimulus._tag === "Tick") world.tick();
  else if (stimulus._tag === "Disconnect") world.disconnect(stimulus.client);
  else world.crash();
}

const client = fc.nat(CLIENTS - 1);
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom("one", "two");
const data = fc.oneof(
  key.map((k) => `GET ${k}`),
  fc.tuple(key, value).map(([k, v]) => `SET ${k} ${v}`),
  fc.tuple(key, value).map(([k, v]) => `SET ${k} ${v} PX ${LIFETIME_MS}`),
  key.map((k) => `DEL ${k}`),
  key.map((k) => `SET ${k} one EX 0`),
  fc
    .tuple(fc.constantFrom("SWAP" as const, "HALF" as const), key, value)
    .map(([name, k, v]) => scriptLine(name, k, v)),
);
const transaction = fc.constantFrom("MULTI", "EXEC", "DISCARD", "UNWATCH", "NOSUCH x", "GET");
const line = fc.oneof(
  { weight: 4, arbitrary: data },
  { weight: 4, arbitrary: transaction },
  { weight: 2, arbitrary: key.map((k) => `WATCH ${k}`) },
);
/** A whole transaction, so that some are long enough to matter. */
const whole = fc
  .tuple(fc.boolean(), key, fc.array(data, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([watches, k, body, ends]) => [
    ...(watches ? [`WATCH ${k}`] : []),
    ...["MULTI", ...body],
    ...(ends ? ["EXEC"] : []),
  ]);
const lines = fc.oneof(
  { weight: 4, arbitrary: fc.array(line, { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: whole },
);
const stimulus: fc.Arbitrary<Stimulus> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ _tag: fc.constant("Send" as const), client, lines }),
  },
  { weight: 6, arbitrary: fc.constant({ _tag: "Flush" as const }) },
  { weight: 6, arbitrary: fc.constant({ _tag: "EndSync" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      _tag: fc.constant("Wait" as const),
      ms: fc.integer({ min: 1, max: 25 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ _tag: "Tick" as const }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Disconnect" as const), client }) },
  { weight: 1, arbitrary: fc.constant({ _tag: "Crash" as const }) },
);

/** Sequences of stimuli. */
export const stimuli: fc.Arbitrary<readonly Stimulus[]> = fc.array(stimulus, {
  minLength: 1,
  maxLength: 60,
  size: "max",
});

/**
 * The outcome of a sequence: null when server and model agree to the end.
 *
 * @param taken gets the steps that the server took
 */
export function compareTransactions(
  sequence: readonly Stimulus[],
  tally: ActionTally,
  taken: RawEvent[] = [],
  world: ServerWorld = new ServerWorld(1),
): Divergence | null {
  return new Comparison(world, tally, taken).run(sequence);
}

/** Compares sequences of stimuli until there are enough. */
export function refineTransactions(plan: Plan): Report {
  return refineStimuli(
    {
      sequences: stimuli,
      compare: compareTransactions,
      verdict: "The server's transactions are not a refinement of their model.",
      again: "--part transactions --transaction-steps 1",
    },
    plan,
  );
}

/** The actions of the specification that were never taken. */
export function unreachedActions(tally: ReadonlyMap<string, number>): readonly string[] {
  return Object.keys(STEPS).filter((action) => !tally.has(action));
}
