/**
 * The steps of `specs/transactions/Transactions.tla`: one function for each action, of its name.
 * Each returns the state after the step, or null when the action is not enabled.
 */
import {
  isDataCommand,
  isPast,
  namesPastKey,
  type Performed,
  perform,
  removeIfPast,
  type Touch,
} from "./commands.ts";
import {
  type Command,
  freshSession,
  keysOf,
  noData,
  replay,
  type SessionName,
  type SessionState,
  type State,
  type Unit,
  unwatched,
  type WatchMark,
} from "./state.ts";

/** The state after a step; null when the step is impossible. */
export type Next = State | null;

function isIdle(state: State): boolean {
  return state.up && state.executing === null;
}

/** The command that the server takes next from a session; null when it may take none. */
function nextCommand(state: State, name: SessionName): Command | null {
  return isIdle(state) ? (state.sessions[name]!.wire[0] ?? null) : null;
}

function change(state: State, name: SessionName, part: Partial<SessionState>): State {
  const session = { ...state.sessions[name]!, ...part };
  return { ...state, sessions: { ...state.sessions, [name]: session } };
}

/** Takes the next command off the wire; its reply waits for `dep`. */
function answer(state: State, name: SessionName, val: readonly string[], dep = 0): State {
  const { wire, out } = state.sessions[name]!;
  return change(state, name, { wire: wire.slice(1), out: [...out, { val, dep }] });
}

function ended(): Partial<SessionState> {
  return { multi: false, queue: [], spoiled: false };
}

function forgotten(state: State): Partial<SessionState> {
  return { dirty: false, watch: unwatched(keysOf(state)) };
}

function journaled(state: State, unit: Unit): State {
  return unit.length === 0 ? state : { ...state, log: [...state.log, unit] };
}

/** Marks the sessions that watch a key that was touched. */
function marked(state: State, touches: readonly Touch[]): State {
  let marking = state;
  for (const touch of touches) {
    const sessions = Object.entries(marking.sessions).map(
      ([name, session]) => [name, markedSession(marking, session, touch)] as const,
    );
    marking = { ...marking, sessions: Object.fromEntries(sessions) };
  }
  return marking;
}

function markedSession(state: State, session: SessionState, { key, there }: Touch): SessionState {
  const mark = session.watch[key]!;
  if (mark === "no") return session;
  if (mark === "expired" && !there)
    return { ...session, watch: { ...session.watch, [key]: "yes" } };
  return { ...session, dirty: true, watch: unwatched(keysOf(state)) };
}

function hasChanged(state: State, { dirty, watch }: SessionState): boolean {
  return dirty || keysOf(state).some((key) => watch[key] === "yes" && isPast(state.db, key));
}

/** A client sends a command, whether or not earlier ones are answered. */
export function Send(state: State, name: SessionName, command: Command): Next {
  if (!state.up) return null;
  return change(state, name, { wire: [...state.sessions[name]!.wire, command] });
}

/** The command that `Run` or `RunExpired` may take. */
function runnable(state: State, name: SessionName): Command | null {
  const command = nextCommand(state, name);
  if (command === null || state.sessions[name]!.multi || !isDataCommand(command)) return null;
  return command;
}

function ran(state: State, name: SessionName, done: Performed): State {
  const after = marked(journaled({ ...state, db: done.data }, done.effects), done.touches);
  return answer(after, name, [done.reply], after.log.length);
}

/** A command runs; its key's time is not past. */
export function Run(state: State, name: SessionName): Next {
  const command = runnable(state, name);
  if (command === null || namesPastKey(state.db, command)) return null;
  return ran(state, name, perform(state.db, command));
}

/** A command runs and comes upon a key whose time is past. */
export function RunExpired(state: State, name: SessionName): Next {
  const command = runnable(state, name);
  if (command === null || !namesPastKey(state.db, command)) return null;
  return ran(state, name, perform(state.db, command));
}

/** A command is refused before it runs. */
export function Refuse(state: State, name: SessionName): Next {
  if (nextCommand(state, name)?.[0] !== "BAD") return null;
  return answer(change(state, name, { spoiled: state.sessions[name]!.multi }), name, ["ERR"]);
}

/** A command of transactions stands in the wrong place: an error that spoils nothing. */
export function Misuse(state: State, name: SessionName): Next {
  const wrong = state.sessions[name]!.multi ? ["MULTI", "WATCH"] : ["EXEC", "DISCARD"];
  const command = nextCommand(state, name);
  return command !== null && wrong.includes(command[0]!) ? answer(state, name, ["ERR"]) : null;
}

/** A queue is opened. */
export function Multi(state: State, name: SessionName): Next {
  if (nextCommand(state, name)?.[0] !== "MULTI" || state.sessions[name]!.multi) return null;
  return answer(change(state, name, { multi: true }), name, ["OK"]);
}

/** A command is queued; one that would never run is not kept. */
export function Queue(state: State, name: SessionName): Next {
  const command = nextCommand(state, name);
  const { multi, spoiled, dirty, queue } = state.sessions[name]!;
  if (command === null || !multi) return null;
  if (!isDataCommand(command) && command[0] !== "UNWATCH") return null;
  const kept = spoiled || dirty ? queue : [...queue, command];
  return answer(change(state, name, { queue: kept }), name, ["QUEUED"]);
}

/** A key is watched from now on. */
export function Watch(state: State, name: SessionName): Next {
  const [word, key] = nextCommand(state, name) ?? [];
  const { multi, dirty, watch } = state.sessions[name]!;
  if (word !== "WATCH" || multi) return null;
  const mark: WatchMark = isPast(state.db, key!) ? "expired" : "yes";
  const idle = dirty || watch[key!] !== "no";
  const after = idle ? state : change(state, name, { watch: { ...watch, [key!]: mark } });
  return answer(after, name, ["OK"]);
}

/** Watches and marks are forgotten. */
export function Unwatch(state: State, name: SessionName): Next {
  if (nextCommand(state, name)?.[0] !== "UNWATCH" || state.sessions[name]!.multi) return null;
  return answer(change(state, name, forgotten(state)), name, ["OK"]);
}

/** The transaction is dropped, with its watches. */
export function Discard(state: State, name: SessionName): Next {
  if (nextCommand(state, name)?.[0] !== "DISCARD" || !state.sessions[name]!.multi) return null;
  return answer(change(state, name, { ...ended(), ...forgotten(state) }), name, ["OK"]);
}

/** What becomes of the EXEC that a session's next command is; null when it is none. */
function verdict(state: State, name: SessionName): "abort" | "nil" | "start" | null {
  const session = state.sessions[name]!;
  if (nextCommand(state, name)?.[0] !== "EXEC" || !session.multi) return null;
  if (session.spoiled) return "abort";
  return hasChanged(state, session) ? "nil" : "start";
}

/** EXEC of a transaction in which a command was refused. */
export function ExecAbort(state: State, name: SessionName): Next {
  if (verdict(state, name) !== "abort") return null;
  return answer(change(state, name, { ...ended(), ...forgotten(state) }), name, ["EXECABORT"]);
}

/** EXEC after a watched key has changed. */
export function ExecNil(state: State, name: SessionName): Next {
  if (verdict(state, name) !== "nil") return null;
  const after = change(state, name, { ...ended(), ...forgotten(state) });
  return answer(after, name, ["nilarray"], state.log.length);
}

/** EXEC that runs: until it has finished, the server does nothing else. */
export function ExecStart(state: State, name: SessionName): Next {
  if (verdict(state, name) !== "start") return null;
  const after = change(state, name, { multi: false, ...forgotten(state) });
  return { ...after, executing: { session: name, results: [], effects: [] } };
}

/** The next queued command runs. An error is its reply and stops nothing. */
export function ExecNext(state: State, name: SessionName): Next {
  const { executing } = state;
  const [command, ...queue] = state.sessions[name]!.queue;
  if (executing?.session !== name || command === undefined) return null;
  const done = perform(state.db, command);
  const after = change(marked({ ...state, db: done.data }, done.touches), name, { queue });
  const results = [...executing.results, done.reply];
  const effects = [...executing.effects, ...done.effects];
  return { ...after, executing: { session: name, results, effects } };
}

/** EXEC is done: its effects are one unit, its reply is the array of its results. */
export function ExecFinish(state: State, name: SessionName): Next {
  const { executing } = state;
  if (executing?.session !== name || state.sessions[name]!.queue.length > 0) return null;
  const after = journaled({ ...state, executing: null }, executing.effects);
  return answer(after, name, ["array", ...executing.results], after.log.length);
}

/** The time of a key comes; nobody has noticed yet. */
export function Pass(state: State, key: string): Next {
  const value = state.db[key]!;
  if (!isIdle(state) || value.ttl !== "ahead") return null;
  return { ...state, db: { ...state.db, [key]: { ...value, ttl: "past" } } };
}

/** A key whose time is past is removed in the background. */
export function ActiveExpire(state: State, key: string): Next {
  if (!isIdle(state) || !isPast(state.db, key)) return null;
  const { data, effects, touches } = removeIfPast(state.db, key);
  return marked(journaled({ ...state, db: data }, effects), touches);
}

/** The gate opens up to an LSN. */
export function Persist(state: State, upTo: number): Next {
  if (!isIdle(state) || upTo <= state.durable || upTo > state.log.length) return null;
  return { ...state, durable: upTo };
}

/** A session's oldest reply leaves: what it depends on is durable. */
export function Reply(state: State, name: SessionName): Next {
  const [reply, ...out] = state.sessions[name]!.out;
  if (!isIdle(state) || reply === undefined || reply.dep > state.durable) return null;
  return change(state, name, { out });
}

/** A connection ends: what was begun is dropped, what has run stays. */
export function Disconnect(state: State, name: SessionName): Next {
  return isIdle(state) ? change(state, name, freshSession(keysOf(state))) : null;
}

/** Memory and connections are gone, and units after `keep`, none of them durable. */
export function Crash(state: State, keep: number): Next {
  if (!state.up || keep < state.durable || keep > state.log.length) return null;
  const keys = keysOf(state);
  const sessions = Object.keys(state.sessions).map((name) => [name, freshSession(keys)] as const);
  return {
    up: false,
    sessions: Object.fromEntries(sessions),
    db: noData(keys),
    log: state.log.slice(0, keep),
    durable: state.durable,
    executing: null,
  };
}

/** The server starts from its log, which recovery has made durable. */
export function Restart(state: State): Next {
  if (state.up) return null;
  return { ...state, up: true, db: replay(keysOf(state), state.log), durable: state.log.length };
}
