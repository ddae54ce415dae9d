/**
 * The production server's lists, waits and gate against `model/blocking`: every step that the server
 * says it takes must be a step of the model with the same reply, and between the steps the server's
 * state must mean the model's: the same line, the same waiters of each key in the same order.
 */
import fc from "fast-check";
import * as actions from "../../model/blocking/actions.ts";
import { FRESH, initial, type State, type Words } from "../../model/blocking/state.ts";
import { abstractBlocking, viewOf } from "../abstraction/blocking.ts";
import { modelCommand, specAnswer } from "../abstraction/blocking-words.ts";
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

const LISTS = ["x", "y", "z"];
const SORTED_SETS = ["p", "q"];
const STREAMS = ["s", "t"];
const KEYS = [...LISTS, ...SORTED_SETS, ...STREAMS];
const CLIENTS = 5;
/** A limited wait: a few steps of time end it. */
const LIMIT_SECONDS = "0.02";
const LIMIT_MS = "20";

/** What a client, the disk, the clock or fate does. */
export type Stimulus =
  | { readonly _tag: "Send"; readonly client: number; readonly lines: readonly string[] }
  | { readonly _tag: "Unblock"; readonly client: number; readonly other: number }
  | { readonly _tag: "Flush" }
  | { readonly _tag: "EndSync" }
  | { readonly _tag: "Wait"; readonly ms: number }
  | { readonly _tag: "Disconnect"; readonly client: number }
  | { readonly _tag: "Crash" };

type Step = (state: State, fields: RawEvent["fields"]) => actions.Next;

/** The model's function for each event. */
const STEPS: Readonly<Record<string, Step>> = {
  Send: (state, { session, command }) =>
    actions.Send(state, String(session), modelCommand(String(command).split(" "))),
  ...ofClient({
    ...{ Run: actions.Run, Wait: actions.Wait, Serve: actions.Serve, Timeout: actions.Timeout },
    ...{ Unblock: actions.Unblock, Multi: actions.Multi, Queue: actions.Queue },
    ...{ ExecStart: actions.ExecStart, ExecNext: actions.ExecNext },
    ...{ ExecFinish: actions.ExecFinish, Reply: actions.Reply, Disconnect: actions.Disconnect },
  }),
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

/** A server that tells the steps of waiting for keys. */
export function blockingWorld(): ServerWorld {
  return new ServerWorld(1, "blocking");
}

/** Server and model, step by step. */
class Comparison {
  readonly #world: ServerWorld;
  readonly #tally: ActionTally;
  readonly #taken: RawEvent[];
  /** Clients whose lines have left a MULTI open. */
  readonly #open = new Set<number>();
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
    else if (stimulus._tag === "Unblock") this.#unblock(stimulus.client, stimulus.other);
    else if (stimulus._tag === "Flush") world.flush();
    else if (stimulus._tag === "EndSync") world.endSync();
    else if (stimulus._tag === "Wait") {
      world.advance(stimulus.ms);
      world.tick();
    } else if (stimulus._tag === "Disconnect") {
      this.#open.delete(stimulus.client);
      world.disconnect(stimulus.client);
    } else {
      this.#open.clear();
      world.crash();
    }
  }

  /** The specification's clients send MULTI and EXEC in turn: a line that does not is left out. */
  #send(client: number, lines: readonly string[]): void {
    const kept = lines.filter((line) => {
      const isOpen = this.#open.has(client);
      if (line === "MULTI") this.#open.add(client);
      else if (line === "EXEC") this.#open.delete(client);
      return line === "MULTI" ? !isOpen : line === "EXEC" ? isOpen : true;
    });
    if (kept.length > 0) this.#world.send(client, kept);
  }

  #unblock(client: number, other: number): void {
    if (this.#open.has(client)) return;
    const id = this.#world.sessionOf(other)?.id ?? 0;
    this.#world.send(client, [`CLIENT UNBLOCK ${id}`]);
  }

  #check(): void {
    const { instance, steps, log } = this.#world;
    for (const event of steps.take()) this.#follow(event);
    this.#world.verifyInvariants();
    this.#connectNew();
    const expected = viewOf(this.#state);
    const actual = abstractBlocking(instance, KEYS);
    for (const part of ["db", "line", "waiters", "ready"] as const) {
      requireEqual(part, expected[part], actual[part]);
    }
    for (const [name, client] of Object.entries(expected.clients)) {
      if (instance.clients.sessions.has(Number(name))) {
        requireEqual(`client ${name}`, client, actual.clients[name]);
      } else {
        requireEqual(`client ${name}, which is gone`, FRESH, this.#state.clients[name]);
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
    this.#count(action);
    const waits = action === "Wait" ? after : before;
    const waiter = waits.line.findLast(({ who }) => who === fields["session"]);
    if (ENDS.includes(action) && waiter !== undefined)
      this.#count(`${action} ${waiter.command[0]}`);
    const { reply, isExec } = fields;
    if (reply === undefined) return;
    const modelled = repliedBy(action, before, after, String(fields["session"]));
    const answersExec = action === "ExecFinish" || isExec === true;
    requireEqual(`the reply of ${action}`, modelled, toldBy(String(reply), answersExec));
  }

  #count(name: string): void {
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
  }

  /** Clients exist in the model from their first step, or from when they are seen. */
  #connectNew(name?: string | number | boolean): void {
    const names = [...this.#world.instance.clients.sessions.keys()].map(String);
    if (name !== undefined) names.push(String(name));
    const missing = names.filter((each) => this.#state.clients[each] === undefined);
    if (missing.length === 0) return;
    const fresh = missing.map((each) => [each, FRESH] as const);
    const clients = { ...this.#state.clients, ...Object.fromEntries(fresh) };
    this.#state = { ...this.#state, clients };
  }
}

/** The replies that a step has told; the text itself when it is not one whole reply. */
function toldBy(text: string, isExec: boolean): readonly Words[] | string {
  try {
    return specAnswer(text, isExec);
  } catch {
    return text;
  }
}

/** The replies that a step of the model has written, or taken away. */
function repliedBy(action: string, before: State, after: State, name: string): readonly Words[] {
  if (action === "Reply") return before.clients[name]!.out[0]!.val;
  if (action === "ExecNext") return [after.executing!.results.at(-1)!];
  return after.clients[name]!.out.at(-1)!.val;
}

const client = fc.nat(CLIENTS - 1);
const key = fc.constantFrom(...LISTS);
const limit = fc.constantFrom("0", LIMIT_SECONDS);
const limitMs = fc.constantFrom("0", LIMIT_MS);
const twoKeys = fc.uniqueArray(key, { minLength: 2, maxLength: 2 });
const some = (keys: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 2 });
const push = fc.tuple(key, fc.constantFrom("1", "2", "3")).map(([k, e]) => `RPUSH ${k} ${e}`);
const wait = fc.oneof(
  fc
    .tuple(fc.uniqueArray(key, { minLength: 1, maxLength: 3 }), limit)
    .map(([keys, seconds]) => `BLPOP ${keys.join(" ")} ${seconds}`),
  fc
    .tuple(twoKeys, limit)
    .map(([keys, seconds]) => `BLMOVE ${keys.join(" ")} LEFT RIGHT ${seconds}`),
);
const end = fc.constantFrom("MIN", "MAX");
const bringSet = fc
  .tuple(fc.constantFrom(...SORTED_SETS), fc.constantFrom("1", "2"), fc.constantFrom("a", "b", "c"))
  .map((words) => `ZADD ${words.join(" ")}`);
const waitForSet = fc.oneof(
  fc
    .tuple(end, some(SORTED_SETS), limit)
    .map(([which, keys, seconds]) => `BZPOP${which} ${keys.join(" ")} ${seconds}`),
  fc
    .tuple(end, some(SORTED_SETS), limit, fc.constantFrom("1", "2"))
    .map(
      ([which, keys, seconds, count]) =>
        `BZMPOP ${seconds} ${keys.length} ${keys.join(" ")} ${which} COUNT ${count}`,
    ),
);
const bringEntry = fc
  .tuple(fc.constantFrom(...STREAMS), fc.constantFrom("1", "2"))
  .map(([stream, value]) => `XADD ${stream} 1-* f ${value}`);
const read = fc
  .tuple(some(STREAMS), limitMs, fc.constantFrom("$", "$", "0-0", "1-1"))
  .map(
    ([keys, ms, id]) => `XREAD BLOCK ${ms} STREAMS ${[...keys, ...keys.map(() => id)].join(" ")}`,
  );
const readAsGroup = fc
  .tuple(some(STREAMS), limitMs)
  .map(
    ([keys, ms]) =>
      `XREADGROUP GROUP g c BLOCK ${ms} STREAMS ${[...keys, ...keys.map(() => ">")].join(" ")}`,
  );
const data = fc.oneof(
  { weight: 4, arbitrary: push },
  { weight: 4, arbitrary: wait },
  { weight: 1, arbitrary: key.map((k) => `DEL ${k}`) },
  { weight: 1, arbitrary: twoKeys.map((keys) => `RENAME ${keys.join(" ")}`) },
  { weight: 2, arbitrary: bringSet },
  { weight: 2, arbitrary: waitForSet },
  { weight: 2, arbitrary: bringEntry },
  { weight: 1, arbitrary: read },
  { weight: 1, arbitrary: readAsGroup },
);
const line = fc.oneof(
  { weight: 8, arbitrary: data },
  { weight: 1, arbitrary: fc.constantFrom("MULTI", "EXEC") },
);
/** A whole transaction, that brings to several keys. */
const whole = fc
  .tuple(fc.array(fc.oneof(push, bringSet, bringEntry, data), { maxLength: 4 }), fc.boolean())
  .map(([body, ends]) => ["MULTI", ...body, ...(ends ? ["EXEC"] : [])]);
const lines = fc.oneof(
  { weight: 5, arbitrary: fc.array(line, { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: whole },
);
const stimulus: fc.Arbitrary<Stimulus> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ _tag: fc.constant("Send" as const), client, lines }) },
  {
    weight: 1,
    arbitrary: fc.record({ _tag: fc.constant("Unblock" as const), client, other: client }),
  },
  { weight: 6, arbitrary: fc.constant({ _tag: "Flush" as const }) },
  { weight: 5, arbitrary: fc.constant({ _tag: "EndSync" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      _tag: fc.constant("Wait" as const),
      ms: fc.integer({ min: 1, max: 25 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Disconnect" as const), client }) },
  { weight: 1, arbitrary: fc.constant({ _tag: "Crash" as const }) },
);

/** The streams' groups are there, for good: a client that nobody else is has made them, and they last. */
const GROUPS: readonly Stimulus[] = [
  {
    _tag: "Send",
    client: CLIENTS,
    lines: STREAMS.flatMap((stream) => [
      `XGROUP CREATE ${stream} g 0 MKSTREAM`,
      `XGROUP CREATECONSUMER ${stream} g c`,
    ]),
  },
  ...[{ _tag: "Flush" }, { _tag: "EndSync" }, { _tag: "Flush" } as const],
] as const;

/** Sequences of stimuli. */
export const stimuli: fc.Arbitrary<readonly Stimulus[]> = fc
  .array(stimulus, { minLength: 1, maxLength: 60, size: "max" })
  .map((sequence) => [...GROUPS, ...sequence]);

/**
 * The outcome of a sequence: null when server and model agree to the end.
 *
 * @param taken gets the steps that the server took
 */
export function compareBlocking(
  sequence: readonly Stimulus[],
  tally: ActionTally,
  taken: RawEvent[] = [],
  world: ServerWorld = blockingWorld(),
): Divergence | null {
  return new Comparison(world, tally, taken).run(sequence);
}

/** Compares sequences of stimuli until there are enough. */
export function refineBlocking(plan: Plan): Report {
  return refineStimuli(
    {
      sequences: stimuli,
      compare: compareBlocking,
      verdict: "The server's waits are not a refinement of their model.",
      again: "--part blocking --blocking-steps 1",
    },
    plan,
  );
}

/** Steps of those who wait, which are counted by what they wait with. */
const ENDS = ["Wait", "Serve", "Timeout"];
const WAITING = [
  ...["BLPOP", "BLMOVE", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD", "XREADGROUP"],
] as const;

/** The actions of the specification that were never taken, or never with a command that waits. */
export function unreachedActions(tally: ReadonlyMap<string, number>): readonly string[] {
  const waits = ENDS.flatMap((action) => WAITING.map((name) => `${action} ${name}`));
  return [...Object.keys(STEPS), ...waits].filter((action) => !tally.has(action));
}
