/**
 * The steps of `specs/tracking/Tracking.tla`: one function for each action, of its name. Each
 * returns the state after the step, or null when the action is not enabled.
 */
import {
  broadcasters,
  dueFor,
  forgotten,
  isBroadcast,
  isRefused,
  keysFor,
  maySay,
  noted,
  remembered,
  type Told,
  toldTo,
} from "./caches.ts";
import {
  answerTo,
  apply,
  bodyOf,
  changedBy,
  effectsOf,
  isDataCommand,
  replay,
} from "./commands.ts";
import {
  byKey,
  CLEAN,
  type ClientName,
  type ClientState,
  type Command,
  fresh,
  GONE,
  type Item,
  type Mode,
  NOBODY,
  type State,
  type Unit,
} from "./state.ts";

/** The state after a step; null when the step is impossible. */
export type Next = State | null;

function isIdle(state: State): boolean {
  return state.up && state.executing === null;
}

/** The end of a loop turn: nobody is still to be told of what has changed in it. */
function turnEnds(state: State): boolean {
  return isIdle(state) && Object.values(state.noted).every((by) => by === CLEAN);
}

/** The command that the server takes next from a client; null when it may take none. */
function nextCommand(state: State, name: ClientName): Command | null {
  return isIdle(state) ? (state.clients[name]!.wire[0] ?? null) : null;
}

function change(state: State, name: ClientName, part: Partial<ClientState>): State {
  const client = { ...state.clients[name]!, ...part };
  return { ...state, clients: { ...state.clients, [name]: client } };
}

/** Takes the next command off the wire. */
function taken(state: State, name: ClientName): State {
  return change(state, name, { wire: state.clients[name]!.wire.slice(1) });
}

function give(state: State, name: ClientName, ...items: readonly Item[]): State {
  return change(state, name, { out: [...state.clients[name]!.out, ...items] });
}

function answer(state: State, name: ClientName, words: readonly string[], dep: number): State {
  return give(state, name, { val: ["reply", ...words], dep });
}

function tell(state: State, told: readonly Told[]): State {
  return told.reduce((after, { target, item }) => give(after, target, item), state);
}

function journaled(state: State, unit: Unit): State {
  return unit.length === 0 ? state : { ...state, log: [...state.log, unit] };
}

/** What is told of a change by somebody, to those that are due and among some. */
function toldOf(
  state: State,
  key: string | null,
  by: string,
  dep: number,
  among: (name: ClientName) => boolean = () => true,
): readonly Told[] {
  if (key === null) return [];
  return dueFor(state, key, by)
    .filter(among)
    .map((name) => toldTo(state, name, [key], dep));
}

/** A client sends a command, whether or not earlier ones are answered. */
export function Send(state: State, name: ClientName, command: Command): Next {
  if (!state.up) return null;
  return change(state, name, { wire: [...state.clients[name]!.wire, command] });
}

/** A command of a client has an effect, and a reply, and whoever it concerns is told behind that. */
function ran(state: State, name: ClientName, command: Command, effect: Command, by: string): State {
  const key = changedBy(effect);
  const data = apply(state.db, effect);
  const journal = journaled({ ...state, db: data }, effectsOf(effect));
  const dep = journal.log.length;
  const word = answerTo(effect === command ? state.db : data, command);
  const replied = answer(taken(journal, name), name, [word], dep);
  const others = toldOf(state, key, by, dep, (each) => each !== name);
  const own = toldOf(state, key, by, dep, (each) => each === name);
  const told = tell(replied, [...others, ...own]);
  const table = remembered({ ...state, table: forgotten(state.table, key) }, name, command);
  return change({ ...told, table, noted: noted(state, key, by) }, name, { said: false });
}

/** A command runs: who may have in its cache what it changes is told, itself behind its reply. */
export function Run(state: State, name: ClientName): Next {
  const command = nextCommand(state, name);
  if (command === null || !isDataCommand(command)) return null;
  return ran(state, name, command, command, name);
}

/** A client comes across a key whose time is past. It is told, too: the change is not its own. */
export function RunExpired(state: State, name: ClientName): Next {
  const command = nextCommand(state, name);
  if (command?.[0] !== "GET" || state.db[command[1]!] === 0) return null;
  return ran(state, name, command, ["DEL", command[1]!], NOBODY);
}

/** A client begins to have a cache, changes how it is looked after, or ends it. */
export function Track(state: State, name: ClientName): Next {
  const [word, mode, target] = nextCommand(state, name) ?? [];
  if (word !== "TRACK") return null;
  const how = mode as Mode;
  const { how: before, said } = state.clients[name]!;
  const own = taken(state, name);
  if (isRefused(before, how)) return answer(own, name, ["ERR"], 0);
  const ends = how === "off";
  const after = change(own, name, { how, to: ends ? name : target!, said: !ends && said });
  const isHeard = broadcasters(after).length > 0;
  return answer({ ...after, noted: isHeard ? state.noted : clean(state) }, name, ["OK"], 0);
}

function clean({ noted }: State): State["noted"] {
  return byKey(Object.keys(noted), CLEAN);
}

/** A client says of its next command whether it reads for its cache. */
export function Say(state: State, name: ClientName): Next {
  const [word, mode] = nextCommand(state, name) ?? [];
  if (word !== "CACHING") return null;
  const own = taken(state, name);
  if (!maySay(state.clients[name]!.how, mode!)) return answer(own, name, ["ERR"], 0);
  return answer(change(own, name, { said: true }), name, ["OK"], 0);
}

/** EXEC begins: until it has finished, the server does nothing else. */
export function ExecStart(state: State, name: ClientName): Next {
  const command = nextCommand(state, name);
  if (command?.[0] !== "EXEC") return null;
  const todo = bodyOf(command);
  return {
    ...state,
    executing: { client: name, todo, results: [], effects: [], own: [], behind: [] },
  };
}

/** The next command of a transaction. Others are told at once, of what its unit will hold. */
export function ExecNext(state: State, name: ClientName): Next {
  const { executing } = state;
  if (executing?.client !== name) return null;
  const [command, ...todo] = executing.todo;
  if (command === undefined) return null;
  const key = changedBy(command);
  const told = toldOf(state, key, name, state.log.length + 1, (each) => each !== name);
  const behind = told.filter(({ target }) => target === name).map(({ item }) => item);
  const isDue = key !== null && dueFor(state, key, name).includes(name);
  const after = tell(
    state,
    told.filter(({ target }) => target !== name),
  );
  return {
    ...after,
    db: apply(state.db, command),
    table: remembered({ ...state, table: forgotten(state.table, key) }, name, command),
    noted: noted(state, key, name),
    executing: {
      client: name,
      todo,
      results: [...executing.results, answerTo(state.db, command)],
      effects: [...executing.effects, ...effectsOf(command)],
      own: isDue ? [...executing.own, key] : executing.own,
      behind: [...executing.behind, ...behind],
    },
  };
}

/** EXEC is done: its effects are one unit, and what concerns the client itself is told behind its reply. */
export function ExecFinish(state: State, name: ClientName): Next {
  const { executing } = state;
  if (executing?.client !== name || executing.todo.length > 0) return null;
  const journal = journaled({ ...state, executing: null }, executing.effects);
  const dep = journal.log.length;
  const replied = answer(taken(journal, name), name, executing.results, dep);
  const own = executing.own.map((key) => toldTo(state, name, [key], dep));
  return change(tell(give(replied, name, ...executing.behind), own), name, { said: false });
}

/** The time of a key is past, and the server removes it: no command of anybody's. */
export function Expire(state: State, key: string): Next {
  if (!isIdle(state) || state.db[key] === 0) return null;
  const effect: Command = ["DEL", key];
  const journal = journaled({ ...state, db: apply(state.db, effect) }, [effect]);
  const told = tell(journal, toldOf(state, key, NOBODY, journal.log.length));
  return { ...told, table: forgotten(state.table, key), noted: noted(state, key, NOBODY) };
}

/** There are too many keys in the table: one is forgotten, as if it had changed. */
export function Forget(state: State, key: string): Next {
  if (!isIdle(state) || state.table[key]!.length === 0) return null;
  const told = tell(state, toldOf(state, key, NOBODY, 0));
  return { ...told, table: forgotten(state.table, key) };
}

/** The end of a loop turn: who wants to know of all keys is told of those that have changed. */
export function Turn(state: State): Next {
  if (!isIdle(state) || turnEnds(state)) return null;
  const told = broadcasters(state).flatMap((name) => {
    const keys = keysFor(state, name);
    return keys.length === 0 ? [] : [toldTo(state, name, keys, state.log.length)];
  });
  return { ...tell(state, told), noted: clean(state) };
}

/** The gate opens up to an LSN. */
export function Persist(state: State, upTo: number): Next {
  if (!turnEnds(state) || upTo <= state.durable || upTo > state.log.length) return null;
  return { ...state, durable: upTo };
}

/** What stands first in a client's outbox leaves: what it depends on is durable. */
export function Reply(state: State, name: ClientName): Next {
  const [item, ...out] = state.clients[name]!.out;
  if (!turnEnds(state) || item === undefined || item.dep > state.durable) return null;
  return change(state, name, { out });
}

/** A connection ends, and with it its cache. Who had it told in its place has nobody to be told. */
export function Disconnect(state: State, name: ClientName): Next {
  if (!isIdle(state)) return null;
  const clients = Object.entries(state.clients).map(([each, client]) => {
    if (each === name) return [each, fresh(name)] as const;
    return [each, client.to === name ? { ...client, to: GONE } : client] as const;
  });
  const table = Object.entries(state.table).map(([key, names]) => {
    return [key, names.filter((each) => each !== name)] as const;
  });
  const after = {
    ...state,
    clients: Object.fromEntries(clients),
    table: Object.fromEntries(table),
  };
  const changed = Object.entries(state.noted).map(([key, by]) => {
    return [key, by === name ? NOBODY : by] as const;
  });
  const isHeard = Object.values(after.clients).some(({ how }) => isBroadcast(how));
  return { ...after, noted: isHeard ? Object.fromEntries(changed) : clean(state) };
}

/** Memory and connections are gone, and units after `keep`, none of them durable. */
export function Crash(state: State, keep: number): Next {
  if (!state.up || keep < state.durable || keep > state.log.length) return null;
  const clients = Object.keys(state.clients).map((name) => [name, fresh(name)] as const);
  const keys = Object.keys(state.db);
  return {
    up: false,
    clients: Object.fromEntries(clients),
    table: byKey(keys, []),
    noted: byKey(keys, CLEAN),
    db: byKey(keys, 0),
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
