/**
 * Streams that are waited for, beyond the menus of `specs/blocking/Blocking.tla`. To read takes nothing:
 * all who wait are served by an entry, but of a group only the first. One is waited for although it is
 * there: what counts is whether it has an entry behind the one that is named, or that a group has had.
 *
 * A key holds words: first `group last [pending ...]` for its group, if it has one, then an entry each,
 * `id value`. Ids are 1-0, 1-1 and so on, as `1-*` makes them.
 */
import { NIL, nothing, type Performed } from "./performed.ts";
import type { Command, Data } from "./state.ts";

/** An id as a number: of those that are used, the order. */
function orderOf(id: string): number {
  const [ms, sequence] = id.split("-").map(Number);
  return ms! * 1000 + sequence!;
}

const NO_ID = "0-0";
const GROUP = "group ";

function entriesOf(words: readonly string[]): readonly string[] {
  return words.filter((word) => !word.startsWith(GROUP));
}

function idOf(entry: string): string {
  return entry.split(" ")[0]!;
}

/** The last id of a stream; where nothing is deleted, that of its last entry. */
function lastOf(words: readonly string[]): string {
  const last = entriesOf(words).at(-1);
  return last === undefined ? NO_ID : idOf(last);
}

/** XADD of one entry, to a stream that may not be there. */
export function add(data: Data, command: Command): Performed {
  const [, key, value] = command as readonly [string, string, string];
  const words = data[key]!;
  const count = entriesOf(words).length;
  const id = `1-${count}`;
  return {
    data: { ...data, [key]: [...words, `${id} ${value}`] },
    reply: [id],
    effects: [command],
    come: [key],
  };
}

/** XGROUP CREATE of the one group, before all entries; then, with a name, CREATECONSUMER in it. */
export function createGroup(data: Data, command: Command): Performed {
  const [, key, consumer] = command as readonly [string, string, string?];
  if (consumer !== undefined) return { data, reply: ["1"], effects: [command], come: [] };
  const words = data[key]!;
  if (words.some((word) => word.startsWith(GROUP))) return nothing(data, ["ERR"]);
  const come = words.length === 0 ? [key] : [];
  const group = `${GROUP}${NO_ID}`;
  return { data: { ...data, [key]: [group, ...words] }, reply: ["OK"], effects: [command], come };
}

/** The streams that a reader names, and behind which id it reads each. */
function behind(data: Data, command: Command): ReadonlyMap<string, string> {
  if (command[0] === "XREADGROUP") {
    return new Map(keysOf(command).map((key) => [key, deliveredOf(data, key)]));
  }
  const words = command.slice(2);
  const half = words.length / 2;
  return new Map(keysOf(command).map((key, i) => [key, words[half + i]!]));
}

/** The last id that the group of a stream has had. */
function deliveredOf(data: Data, key: string): string {
  const group = data[key]!.find((word) => word.startsWith(GROUP));
  if (group === undefined) throw new RangeError(`${key} has no group`);
  return group.split(" ")[1]!;
}

/** The streams that a reader names. */
export function keysOf(command: Command): readonly string[] {
  const words = command.slice(2);
  return command[0] === "XREADGROUP" ? words : words.slice(0, words.length / 2);
}

/** What a stream has for a reader. */
function dueOf(data: Data, command: Command, key: string): readonly string[] {
  const id = behind(data, command).get(key)!;
  const from = orderOf(id === "$" ? lastOf(data[key]!) : id);
  return entriesOf(data[key]!).filter((entry) => orderOf(idOf(entry)) > from);
}

/** Whether a stream has something for a reader. */
export function hasFor(data: Data, command: Command, key: string): boolean {
  return dueOf(data, command, key).length > 0;
}

/** A reader as it waits: `$` is what was the last id when it began to. */
export function waitingForm(data: Data, command: Command): Command {
  if (command[0] === "XREADGROUP") return command;
  const keys = keysOf(command);
  const ids = command.slice(2 + keys.length);
  const resolved = ids.map((id, i) => (id === "$" ? lastOf(data[keys[i]!]!) : id));
  return [...command.slice(0, 2), ...keys, ...resolved];
}

/** Reads from some streams what they have; to a group, that is delivered. */
export function read(data: Data, command: Command, keys: readonly string[]): Performed {
  const due = keys.filter((key) => hasFor(data, command, key));
  if (due.length === 0) return nothing(data, NIL);
  const reply = due.flatMap((key) => [
    key,
    ...dueOf(data, command, key).flatMap((entry) => {
      const [id, value] = entry.split(" ");
      return [id!, "f", value!];
    }),
  ]);
  if (command[0] === "XREAD") return nothing(data, reply);
  const after = due.reduce((before, key) => delivered(before, command, key), data);
  return { data: after, reply, effects: [["DELIVER", ...due]], come: [] };
}

function delivered(data: Data, command: Command, key: string): Data {
  const ids = dueOf(data, command, key).map(idOf);
  const words = data[key]!.map((word) =>
    word.startsWith(GROUP)
      ? [GROUP.trim(), ids.at(-1)!, ...word.split(" ").slice(2), ...ids].join(" ")
      : word,
  );
  return { ...data, [key]: words };
}

/** What was delivered to groups, as an effect: all that there was. */
export function deliver(data: Data, [, ...keys]: Command): Performed {
  return read(data, ["XREADGROUP", "forever", ...keys], keys);
}
