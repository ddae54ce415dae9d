/**
 * The production server's caches of clients and its gate against `model/tracking`: every step that the
 * server says it takes must be a step of the model with the same reply, everything that leaves must be
 * what the model lets leave, and between the steps the server's state must mean the model's.
 */
import fc from "fast-check";
import * as actions from "../../model/tracking/actions.ts";
import { fresh, initial, type Mode, type State } from "../../model/tracking/state.ts";
import { abstractTracking, viewOf } from "../abstraction/tracking.ts";
import { optionsOf, specCommand, specItem } from "../abstraction/tracking-words.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { Diverged, follow, requireEqual } from "./following.ts";
import { ServerWorld } from "./server-world.ts";
import {
  type ActionTally,
  type Divergence,
  type Plan,
  type Report,
  refineStimuli,
} from "./stimuli.ts";

const KEYS = ["w", "x", "y", "z"];
/** Keys that the table may hold: one more, and some are forgotten. */
const MOST_KEYS = 3;
const CLIENTS = 4;
/** Between the moment at which a key is given a lifetime, and that at which it is past. */
const LIFETIME_MS = 1;

/** What a client, the disk, the clock or fate does. */
export type Stimulus =
  | { readonly _tag: "Send"; readonly client: number; readonly lines: readonly string[] }
  | {
      readonly _tag: "Redirect";
      readonly client: number;
      readonly other: number;
      readonly mode: Mode;
    }
  | { readonly _tag: "Expire"; readonly key: string; readonly reader: number | null }
  | { readonly _tag: "Flush" }
  | { readonly _tag: "EndSync" }
  | { readonly _tag: "Disconnect"; readonly client: number }
  | { readonly _tag: "Crash" };

type Step = (state: State, fields: RawEvent["fields"]) => actions.Next;

/** The model's function for each event. */
const STEPS: Readonly<Record<string, Step>> = {
  Send: (state, { session, command }) =>
    actions.Send(state, String(session), specCommand(String(command), String(session))),
  ...ofClient({
    ...{ Run: actions.Run, RunExpired: actions.RunExpired, Track: actions.Track },
    ...{ Say: actions.Say, ExecStart: actions.ExecStart, ExecNext: actions.ExecNext },
    ...{ ExecFinish: actions.ExecFinish, Reply: actions.Reply, Disconnect: actions.Disconnect },
  }),
  Expire: (state, { key }) => actions.Expire(state, String(key)),
  // The table may hold a key that only clients have read who are gone by now.
  Forget: (state, { key }) =>
    state.table[String(key)]!.length === 0 ? state : actions.Forget(state, String(key)),
  Turn: (state) => actions.Turn(state),
  Persist: (state, { upTo }) => actions.Persist(state, Number(upTo)),
  Crash: (state, { keep }) => actions.Crash(state, Number(keep)),
  Restart: (state) => actions.Restart(state),
};

function ofClient(
  steps: Readonly<Record<string, (state: State, name: string) => actions.Next>>,
): Record<string, Step> {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [
      name,
      (state: State, { session }: RawEvent["fields"]) => step(state, String(session)),
    ]),
  );
}

/** What must have happened among the steps, beside each action: what the modes are about. */
const FEATURES: Readonly<Record<string, (before: State, after: State, name: string) => boolean>> = {
  "a change of mode refused": (before, after, name) =>
    isTrack(before, name) && lastOf(after, name)?.[1] === "ERR",
  "CACHING refused": (before, after, name) =>
    isNext(before, name, "CACHING") && lastOf(after, name)?.[1] === "ERR",
  "a read behind CACHING with OPTIN": (before, _, name) =>
    isNext(before, name, "GET") && before.clients[name]!.how === "optin" && isSaid(before, name),
  "a read without CACHING with OPTIN": (before, _, name) =>
    isNext(before, name, "GET") && before.clients[name]!.how === "optin" && !isSaid(before, name),
  "a read behind CACHING with OPTOUT": (before, _, name) =>
    isNext(before, name, "GET") && before.clients[name]!.how === "optout" && isSaid(before, name),
  "an own change kept quiet with NOLOOP": (before, _, name) => {
    const [word, key] = before.clients[name]?.wire[0] ?? [];
    const isOwn = word === "INCR" && before.table[key!]!.includes(name);
    return isOwn && before.clients[name]!.how === "noloop";
  },
  "an own change told": (before, after, name) =>
    isNext(before, name, "INCR") && lastOf(after, name)?.[0] === "invalid",
  "a client told that its other one is gone": (_, after, name) =>
    lastOf(after, name)?.[0] === "broken",
  "a flush told": (_, after) =>
    Object.keys(after.clients).some((each) => lastOf(after, each)?.[1] === "all"),
  "several keys told of at the end of a turn": (_, after) =>
    Object.keys(after.clients).some((each) => {
      const item = lastOf(after, each);
      return item?.[0] === "invalid" && item.length > 2;
    }),
  "a client told in another's place": (before, after) =>
    Object.entries(after.clients).some(([each, { how, out }]) => {
      const isNew = out.length > (before.clients[each]?.out.length ?? 0);
      return how === "off" && isNew && lastOf(after, each)?.[0] === "invalid";
    }),
  "told behind the reply of a transaction": (before, after) =>
    before.executing !== null && before.executing.own.length > 0 && after.executing === null,
  "told in others' place behind a transaction": (before, after) =>
    before.executing !== null && before.executing.behind.length > 0 && after.executing === null,
};

function isNext(state: State, name: string, word: string): boolean {
  return state.clients[name]?.wire[0]?.[0] === word;
}

function isTrack(state: State, name: string): boolean {
  return isNext(state, name, "TRACK");
}

function isSaid(state: State, name: string): boolean {
  return state.clients[name]!.said;
}

function lastOf(state: State, name: string): readonly string[] | undefined {
  return state.clients[name]?.out.at(-1)?.val;
}

/** A server that tells the steps of client-side caching. */
export function trackingWorld(): ServerWorld {
  return new ServerWorld(1, "tracking", { "tracking-table-max-keys": String(MOST_KEYS) });
}

/** Server and model, step by step. */
class Comparison {
  readonly #world: ServerWorld;
  readonly #tally: ActionTally;
  readonly #taken: RawEvent[];
  #state: State = initial([], KEYS);

  constructor(world: ServerWorld, tally: ActionTally, taken: RawEvent[]) {
    this.#world = world;
    this.#tally = tally;
    this.#taken = taken;
  }

  run(stimuli: readonly Stimulus[]): Divergence | null {
    return follow(stimuli, (stimulus) => {
      this.#stimulate(stimulus);
      this.#check();
    });
  }

  #stimulate(stimulus: Stimulus): void {
    const world = this.#world;
    if (stimulus._tag === "Send") this.#send(stimulus.client, stimulus.lines);
    else if (stimulus._tag === "Redirect") this.#redirect(stimulus);
    else if (stimulus._tag === "Expire") this.#expire(stimulus.key, stimulus.reader);
    else if (stimulus._tag === "Flush") world.flush();
    else if (stimulus._tag === "EndSync") world.endSync();
    else if (stimulus._tag === "Disconnect") world.disconnect(stimulus.client);
    else world.crash();
  }

  /** The clients speak RESP3. */
  #send(client: number, lines: readonly string[]): void {
    const isNew = this.#world.sessionOf(client) === undefined;
    this.#world.send(client, isNew ? ["HELLO 3", ...lines] : lines);
  }

  #redirect({ client, other, mode }: Extract<Stimulus, { _tag: "Redirect" }>): void {
    const target = this.#world.sessionOf(other);
    if (target === undefined) return;
    this.#send(client, [`CLIENT TRACKING ON REDIRECT ${target.id} ${optionsOf(mode)}`.trim()]);
  }

  /** The time of a key passes: a read comes across it, or the server's tick. */
  #expire(key: string, reader: number | null): void {
    const world = this.#world;
    const { data, time } = world.instance;
    const bytes = Buffer.from(key, "latin1");
    const ref = data.databases[0]!.find(bytes, 0, bytes.length);
    if (ref === 0) return;
    data.databases[0]!.setExpiryMs(ref, time.nowMs + LIFETIME_MS);
    world.advance(LIFETIME_MS + 1);
    if (reader === null) world.tick();
    else this.#send(reader, [`GET ${key}`]);
  }

  #check(): void {
    const { instance, steps, log } = this.#world;
    for (const event of steps.take()) this.#follow(event);
    this.#world.verifyInvariants();
    this.#connectNew();
    const expected = viewOf(this.#state);
    const actual = abstractTracking(instance, KEYS);
    for (const part of ["db", "table", "noted"] as const) {
      requireEqual(part, expected[part], actual[part]);
    }
    for (const [name, client] of Object.entries(expected.clients)) {
      if (instance.clients.sessions.has(Number(name))) {
        requireEqual(`client ${name}`, client, actual.clients[name]);
      } else {
        requireEqual(`client ${name}, which is gone`, fresh(name), this.#state.clients[name]);
      }
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
    const name = String(fields["session"]);
    this.#count(action, before, after, name);
    const { reply, isExec } = fields;
    if (reply === undefined) return;
    const modelled = repliedBy(action, before, after, name);
    const answersExec = action === "ExecFinish" || isExec === true;
    requireEqual(`the reply of ${action}`, modelled, toldBy(String(reply), answersExec));
  }

  #count(action: string, before: State, after: State, name: string): void {
    const seen = [action];
    if (action !== "Send" && action !== "Reply") {
      for (const [feature, occurs] of Object.entries(FEATURES)) {
        if (occurs(before, after, name)) seen.push(feature);
      }
    }
    for (const each of seen) this.#tally.set(each, (this.#tally.get(each) ?? 0) + 1);
  }

  /** Clients exist in the model from their first step, or from when they are seen. */
  #connectNew(name?: string | number | boolean): void {
    const names = [...this.#world.instance.clients.sessions.keys()].map(String);
    if (name !== undefined) names.push(String(name));
    const missing = names.filter((each) => this.#state.clients[each] === undefined);
    if (missing.length === 0) return;
    const added = missing.map((each) => [each, fresh(each)] as const);
    const clients = { ...this.#state.clients, ...Object.fromEntries(added) };
    this.#state = { ...this.#state, clients };
  }
}

/** What a step has told; the text itself when it is not one whole item. */
function toldBy(text: string, isExec: boolean): readonly string[] | string {
  try {
    return specItem(text, isExec);
  } catch {
    return text;
  }
}

/** What a step of the model has replied, or let leave. */
function repliedBy(action: string, before: State, after: State, name: string): readonly string[] {
  if (action === "Reply") return before.clients[name]!.out[0]!.val;
  if (action === "ExecNext") return ["reply", after.executing!.results.at(-1)!];
  const { out } = after.clients[name]!;
  const added = out.slice(before.clients[name]!.out.length);
  return added.find(({ val }) => val[0] === "reply")!.val;
}

const client = fc.nat(CLIENTS - 1);
const key = fc.constantFrom(...KEYS);
const read = key.map((k) => `GET ${k}`);
const write = key.map((k) => `INCR ${k}`);
const mode = fc.constantFrom<Mode>("on", "noloop", "optin", "optout", "bcast", "bcast-noloop");
const track = fc.oneof(
  { weight: 4, arbitrary: mode.map((each) => `CLIENT TRACKING ON ${optionsOf(each)}`.trim()) },
  { weight: 1, arbitrary: fc.constant("CLIENT TRACKING OFF") },
);
const line = fc.oneof(
  { weight: 8, arbitrary: read },
  { weight: 6, arbitrary: write },
  { weight: 2, arbitrary: track },
  { weight: 2, arbitrary: fc.constantFrom("CLIENT CACHING YES", "CLIENT CACHING NO") },
  { weight: 1, arbitrary: fc.constant("FLUSHALL") },
);
const transaction = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: read },
      { weight: 4, arbitrary: write },
      { weight: 1, arbitrary: fc.constant("FLUSHALL") },
    ),
    { maxLength: 4 },
  )
  .map((body) => ["MULTI", ...body, "EXEC"]);
const lines = fc.oneof(
  { weight: 5, arbitrary: fc.array(line, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: transaction },
);
const stimulus: fc.Arbitrary<Stimulus> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ _tag: fc.constant("Send" as const), client, lines }) },
  {
    weight: 2,
    arbitrary: fc.record({ _tag: fc.constant("Redirect" as const), client, other: client, mode }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ _tag: fc.constant("Expire" as const), key },
      reader: fc.option(client),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ _tag: "Flush" as const }) },
  { weight: 5, arbitrary: fc.constant({ _tag: "EndSync" as const }) },
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
export function compareTracking(
  sequence: readonly Stimulus[],
  tally: ActionTally,
  taken: RawEvent[] = [],
  world: ServerWorld = trackingWorld(),
): Divergence | null {
  return new Comparison(world, tally, taken).run(sequence);
}

/** Compares sequences of stimuli until there are enough. */
export function refineTracking(plan: Plan): Report {
  return refineStimuli(
    {
      sequences: stimuli,
      compare: compareTracking,
      verdict: "The server's care of its clients' caches is not a refinement of its model.",
      again: "--part tracking --tracking-steps 1",
    },
    plan,
  );
}

/** The actions of the specification that were never taken, and what else was never seen. */
export function unreachedActions(tally: ReadonlyMap<string, number>): readonly string[] {
  return [...Object.keys(STEPS), ...Object.keys(FEATURES)].filter((each) => !tally.has(each));
}
