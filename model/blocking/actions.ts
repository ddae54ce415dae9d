/**
 * The steps of `specs/blocking/Blocking.tla`: one function for each action, of its name. Each
 * returns the state after the step, or null when the action is not enabled.
 */
import {
  hasFor,
  isDataCommand,
  mustWait,
  perform,
  replay,
  sourcesOf,
  take,
  waitingForm,
} from "./commands.ts";
import { NIL } from "./performed.ts";
import {
  type ClientName,
  type ClientState,
  type Command,
  type Data,
  FRESH,
  noData,
  type State,
  type Unit,
  type Waiter,
  type Words,
} from "./state.ts";

/** The state after a step; null when the step is impossible. */
export type Next = State | null;

function isIdle(state: State): boolean {
  return state.up && state.executing === null && state.ready.length === 0;
}

function waits(state: State, name: ClientName): boolean {
  return state.line.some(({ who }) => who === name);
}

/** The command that the server takes next from a client; null when it may take none. */
function nextCommand(state: State, name: ClientName): Command | null {
  if (!isIdle(state) || waits(state, name)) return null;
  return state.clients[name]!.wire[0] ?? null;
}

function change(state: State, name: ClientName, part: Partial<ClientState>): State {
  const client = { ...state.clients[name]!, ...part };
  return { ...state, clients: { ...state.clients, [name]: client } };
}

/** Takes the next command off the wire. */
function taken(state: State, name: ClientName): State {
  return change(state, name, { wire: state.clients[name]!.wire.slice(1) });
}

function answer(state: State, name: ClientName, val: readonly Words[], dep = 0): State {
  return change(state, name, { out: [...state.clients[name]!.out, { val, dep }] });
}

function journaled(state: State, unit: Unit): State {
  return unit.length === 0 ? state : { ...state, log: [...state.log, unit] };
}

function waitersFor(line: readonly Waiter[], key: string): readonly Waiter[] {
  return line.filter(({ command }) => sourcesOf(command).includes(key));
}

/** Those that a key has something for: all, but of a stream, which is read and stays. */
function dueFor(data: Data, line: readonly Waiter[], key: string): readonly Waiter[] {
  return waitersFor(line, key).filter(({ command }) => hasFor(data, command, key));
}

/** Keys that have come join the ready ones, each once, if somebody waits for them. */
function joined(
  ready: readonly string[],
  come: readonly string[],
  line: readonly Waiter[],
): readonly string[] {
  const fresh = come.filter((key) => waitersFor(line, key).length > 0 && !ready.includes(key));
  return [...ready, ...fresh];
}

/** Without the keys in front that are gone, or that nobody waits for. */
function passed(ready: readonly string[], data: Data, line: readonly Waiter[]): readonly string[] {
  const first = ready.findIndex((key) => dueFor(data, line, key).length > 0);
  return first < 0 ? [] : ready.slice(first);
}

/** What a client has sent leaves a MULTI open. */
function leavesOpen({ wire, multi }: ClientState): boolean {
  const mark = wire.findLast(([name]) => name === "MULTI" || name === "EXEC");
  return mark === undefined ? multi : mark[0] === "MULTI";
}

/** A client sends a command, whether or not earlier ones are answered: MULTI and EXEC in turn. */
export function Send(state: State, name: ClientName, command: Command): Next {
  const client = state.clients[name]!;
  const isOpen = leavesOpen(client);
  if (!state.up) return null;
  if (isOpen && (command[0] === "MULTI" || command[0] === "UNBLOCK")) return null;
  if (!isOpen && command[0] === "EXEC") return null;
  return change(state, name, { wire: [...client.wire, command] });
}

/** A command runs, and finds what it needs or does not wait for it. */
export function Run(state: State, name: ClientName): Next {
  const command = nextCommand(state, name);
  if (command === null || state.clients[name]!.multi || !isDataCommand(command)) return null;
  if (mustWait(state.db, command)) return null;
  const { data, reply, effects, come } = perform(state.db, command);
  const ready = passed(joined(state.ready, come, state.line), data, state.line);
  const after = journaled({ ...state, db: data, ready }, effects);
  return answer(taken(after, name), name, [reply], after.log.length);
}

/** A blocking command finds nothing: its client waits, behind those who wait already. */
export function Wait(state: State, name: ClientName): Next {
  const command = nextCommand(state, name);
  if (command === null || state.clients[name]!.multi || !mustWait(state.db, command)) return null;
  const waiter = { who: name, command: waitingForm(state.db, command) };
  return { ...taken(state, name), line: [...state.line, waiter] };
}

/** The first in line for the key that became ready first has its command run, on that key. */
export function Serve(state: State, name: ClientName): Next {
  const [key, ...later] = state.ready;
  if (!state.up || state.executing !== null || key === undefined) return null;
  const first = dueFor(state.db, state.line, key)[0];
  if (first?.who !== name) return null;
  const { data, reply, effects, come } = take(state.db, first.command, key);
  const line = without(state.line, name);
  const rest = joined(later, come, line);
  const stays = dueFor(data, line, key).length > 0;
  const ready = stays ? [key, ...rest] : passed(rest, data, line);
  const after = journaled({ ...state, db: data, line, ready }, effects);
  return answer(after, name, [reply], after.log.length);
}

function without(line: readonly Waiter[], name: ClientName): readonly Waiter[] {
  return line.filter(({ who }) => who !== name);
}

/** The time of one who waits is up. */
export function Timeout(state: State, name: ClientName): Next {
  const waiter = state.line.find(({ who }) => who === name);
  if (!isIdle(state) || waiter?.command[1] !== "limited") return null;
  const after = { ...state, line: without(state.line, name) };
  return answer(after, name, [NIL], state.log.length);
}

/** A client ends another's wait, as its time would, or finds that it does not wait. */
export function Unblock(state: State, name: ClientName): Next {
  const [word, other] = nextCommand(state, name) ?? [];
  if (word !== "UNBLOCK" || state.clients[name]!.multi) return null;
  const ends = other !== name && waits(state, other!);
  const own = answer(taken(state, name), name, [[ends ? "1" : "0"]]);
  if (!ends) return own;
  const after = { ...own, line: without(state.line, other!) };
  return answer(after, other!, [NIL], state.log.length);
}

/** A queue is opened. */
export function Multi(state: State, name: ClientName): Next {
  if (nextCommand(state, name)?.[0] !== "MULTI" || state.clients[name]!.multi) return null;
  return answer(change(taken(state, name), name, { multi: true }), name, [["OK"]]);
}

/** A command is queued. */
export function Queue(state: State, name: ClientName): Next {
  const command = nextCommand(state, name);
  const { multi, queue } = state.clients[name]!;
  if (command === null || !multi || !isDataCommand(command)) return null;
  const after = change(taken(state, name), name, { queue: [...queue, command] });
  return answer(after, name, [["QUEUED"]]);
}

/** EXEC begins: until it has finished, the server does nothing else. */
export function ExecStart(state: State, name: ClientName): Next {
  if (nextCommand(state, name)?.[0] !== "EXEC" || !state.clients[name]!.multi) return null;
  const after = change(state, name, { multi: false });
  return { ...after, executing: { client: name, results: [], effects: [] } };
}

/** The next queued command: nothing waits, and nobody is served yet. */
export function ExecNext(state: State, name: ClientName): Next {
  const { executing } = state;
  const [command, ...queue] = state.clients[name]!.queue;
  if (executing?.client !== name || command === undefined) return null;
  const done = perform(state.db, command);
  const ready = joined(state.ready, done.come, state.line);
  const results = [...executing.results, done.reply];
  const effects = [...executing.effects, ...done.effects];
  const after = { ...state, db: done.data, ready, executing: { client: name, results, effects } };
  return change(after, name, { queue });
}

/** EXEC is done: its effects are one unit, and who waits for what it has brought may be served. */
export function ExecFinish(state: State, name: ClientName): Next {
  const { executing } = state;
  if (executing?.client !== name || state.clients[name]!.queue.length > 0) return null;
  const ready = passed(state.ready, state.db, state.line);
  const after = journaled({ ...state, ready, executing: null }, executing.effects);
  return answer(taken(after, name), name, executing.results, after.log.length);
}

/** The gate opens up to an LSN. */
export function Persist(state: State, upTo: number): Next {
  if (!isIdle(state) || upTo <= state.durable || upTo > state.log.length) return null;
  return { ...state, durable: upTo };
}

/** A client's oldest reply leaves: what it depends on is durable. */
export function Reply(state: State, name: ClientName): Next {
  const [reply, ...out] = state.clients[name]!.out;
  if (!isIdle(state) || reply === undefined || reply.dep > state.durable) return null;
  return change(state, name, { out });
}

/** A connection ends: what was begun is dropped, its wait too; what has run stays. */
export function Disconnect(state: State, name: ClientName): Next {
  if (!isIdle(state)) return null;
  return { ...change(state, name, FRESH), line: without(state.line, name) };
}

/** Memory and connections are gone, and units after `keep`, none of them durable. */
export function Crash(state: State, keep: number): Next {
  if (!state.up || keep < state.durable || keep > state.log.length) return null;
  const clients = Object.keys(state.clients).map((name) => [name, FRESH] as const);
  return {
    up: false,
    clients: Object.fromEntries(clients),
    line: [],
    ready: [],
    db: noData(Object.keys(state.db)),
    log: state.log.slice(0, keep),
    durable: state.durable,
    executing: null,
  };
}

/** The server starts from its log, which recovery has made durable. */
export function Restart(state: State): Next {
  if (state.up) return null;
  const db = replay(Object.keys(state.db), state.log);
  return { ...state, up: true, db, durable: state.log.length };
}
