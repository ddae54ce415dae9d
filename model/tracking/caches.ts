/** Whose caches are looked after, and what is told: `DueFor` and `ToldTo` of `specs/tracking/Tracking.tla`. */
import {
  ALL,
  CLEAN,
  type ClientName,
  type ClientState,
  type Command,
  GONE,
  type Item,
  type Mode,
  type State,
} from "./state.ts";

/** True in the modes in which a client is told of all keys. */
export function isBroadcast(how: Mode): boolean {
  return how === "bcast" || how === "bcast-noloop";
}

/** True in the modes in which a client is not told of its own changes. */
export function isNoLoop(how: Mode): boolean {
  return how === "noloop" || how === "bcast-noloop";
}

/** Modes that do not follow one another: one ends before the other may begin. */
export function isRefused(before: Mode, after: Mode): boolean {
  if (before === "off" || after === "off") return false;
  if (isBroadcast(before) !== isBroadcast(after)) return true;
  return before !== after && [before, after].every((how) => how === "optin" || how === "optout");
}

/** What may be said of the next command in a mode. */
export function maySay(how: Mode, word: string): boolean {
  return (how === "optin" && word === "yes") || (how === "optout" && word === "no");
}

/** What a client reads now is remembered. */
export function remembers({ how, said }: ClientState): boolean {
  if (how === "off" || isBroadcast(how)) return false;
  if (how === "optin") return said;
  return how !== "optout" || !said;
}

/** The table once a key has changed. */
export function forgotten(table: State["table"], key: string | null): State["table"] {
  const kept = Object.entries(table).map(([each, names]) => {
    return [each, key === ALL || key === each ? [] : names] as const;
  });
  return Object.fromEntries(kept);
}

/** The table once a client has read what a command names. */
export function remembered(
  { clients, table }: State,
  name: ClientName,
  [word, key]: Command,
): State["table"] {
  if (word !== "GET" || !remembers(clients[name]!)) return table;
  const names = new Set(table[key!]).add(name);
  return { ...table, [key!]: Object.keys(clients).filter((each) => names.has(each)) };
}

/** Those who want to know of all keys. */
export function broadcasters({ clients }: State): readonly ClientName[] {
  return Object.keys(clients).filter((name) => isBroadcast(clients[name]!.how));
}

/** What has changed in this turn, once a key has, for those who want to know of all of them. */
export function noted(state: State, key: string | null, by: string): State["noted"] {
  const isWanted = key !== null && key !== ALL && broadcasters(state).length > 0;
  return isWanted ? { ...state.noted, [key]: by } : state.noted;
}

/** The keys that a client is told of at the end of the turn. */
export function keysFor({ clients, noted }: State, name: ClientName): readonly string[] {
  const spares = isNoLoop(clients[name]!.how);
  return Object.keys(noted).filter(
    (key) => noted[key] !== CLEAN && !(spares && noted[key] === name),
  );
}

/** Who is to be told that a key has changed by somebody's command. */
export function dueFor({ clients, table }: State, key: string, by: string): readonly ClientName[] {
  return Object.keys(clients).filter((name) => {
    const { how } = clients[name]!;
    if (how === "off") return false;
    if (key === ALL) return true;
    return table[key]!.includes(name) && !isBroadcast(how) && !(isNoLoop(how) && name === by);
  });
}

/** Something that is told, with whom it goes to. */
export interface Told {
  readonly target: ClientName;
  readonly item: Item;
}

/** What is told when the cache of a client has lost some keys. */
export function toldTo(
  { clients }: State,
  name: ClientName,
  keys: readonly string[],
  dep: number,
): Told {
  const { to } = clients[name]!;
  if (to === GONE) return { target: name, item: { val: ["broken"], dep } };
  return { target: to, item: { val: ["invalid", ...keys], dep } };
}
