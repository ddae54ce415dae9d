/**
 * What commands do to the data: `Perform` and `Take` of `specs/blocking/Blocking.tla`, whose menus know
 * lists. Sorted sets and streams are waited for in the same way.
 */
import { came, isThere, NIL, nothing, type Performed } from "./performed.ts";
import * as sortedSets from "./sorted-sets.ts";
import { type Command, type Data, noData, type Unit } from "./state.ts";
import * as streams from "./streams.ts";

const DATA_COMMANDS: ReadonlySet<string> = new Set([
  ...["RPUSH", "LPOP", "LMOVE", "DEL", "RENAME", "BLPOP", "BLMOVE"],
  ...["ZADD", "BZPOPMIN", "BZPOPMAX", "BZMPOP"],
  ...["XADD", "XGROUP", "XREAD", "XREADGROUP"],
]);
const READERS: ReadonlySet<string> = new Set(["XREAD", "XREADGROUP"]);

/** True for a command that runs at once outside MULTI, or waits, and that MULTI queues. */
export function isDataCommand([name]: Command): boolean {
  return DATA_COMMANDS.has(name!);
}

/** True for a command that waits for a key when it finds none. */
export function isBlocking([name]: Command): boolean {
  const isOfList = name === "BLPOP" || name === "BLMOVE";
  return isOfList || READERS.has(name!) || sortedSets.WAITING[name!] !== undefined;
}

/** The keys that a blocking command takes from, in the order in which it names them. */
export function sourcesOf(command: Command): readonly string[] {
  const [name] = command;
  if (READERS.has(name!)) return streams.keysOf(command);
  const ofSets = sortedSets.WAITING[name!];
  if (ofSets !== undefined) return command.slice(ofSets.keysFrom);
  return name === "BLPOP" ? command.slice(2) : [command[2]!];
}

/** True when a key has something for a blocking command. */
export function hasFor(data: Data, command: Command, key: string): boolean {
  if (!isThere(data, key)) return false;
  return !READERS.has(command[0]!) || streams.hasFor(data, command, key);
}

/** True when a blocking command finds nothing. */
export function mustWait(data: Data, command: Command): boolean {
  return isBlocking(command) && !sourcesOf(command).some((key) => hasFor(data, command, key));
}

/** A blocking command as it stands in line. */
export function waitingForm(data: Data, command: Command): Command {
  return READERS.has(command[0]!) ? streams.waitingForm(data, command) : command;
}

function push(data: Data, key: string, element: string): Performed {
  return {
    data: { ...data, [key]: [...data[key]!, element] },
    reply: [String(data[key]!.length + 1)],
    effects: [["RPUSH", key, element]],
    come: came(data, key),
  };
}

function pop(data: Data, key: string): Performed {
  const [element, ...rest] = data[key]!;
  if (element === undefined) return nothing(data, NIL);
  return {
    data: { ...data, [key]: rest },
    reply: [element],
    effects: [["LPOP", key]],
    come: [],
  };
}

function move(data: Data, from: string, to: string): Performed {
  const [element] = data[from]!;
  if (element === undefined) return nothing(data, NIL);
  return {
    data: push(pop(data, from).data, to, element).data,
    reply: [element],
    effects: [["LMOVE", from, to]],
    come: came(data, to),
  };
}

function remove(data: Data, key: string): Performed {
  if (!isThere(data, key)) return nothing(data, ["0"]);
  return { data: { ...data, [key]: [] }, reply: ["1"], effects: [["DEL", key]], come: [] };
}

function rename(data: Data, from: string, to: string): Performed {
  if (!isThere(data, from)) return nothing(data, ["ERR"]);
  return {
    data: { ...data, [to]: data[from]!, [from]: [] },
    reply: ["OK"],
    effects: [["RENAME", from, to]],
    come: came(data, to),
  };
}

/** A blocking command takes from one key. */
export function take(data: Data, command: Command, key: string): Performed {
  if (command[0] === "BLMOVE") return move(data, key, command[3]!);
  if (READERS.has(command[0]!)) return streams.read(data, command, [key]);
  const ofSets = sortedSets.WAITING[command[0]!];
  if (ofSets !== undefined) return sortedSets.pop(data, key, ...ofSets.take(command));
  const popped = pop(data, key);
  return { ...popped, reply: [key, ...popped.reply] };
}

/** Runs a command; a blocking one does not wait. */
export function perform(data: Data, command: Command): Performed {
  const [name, first, second, third] = command;
  if (isBlocking(command)) return runBlocking(data, command);
  switch (name) {
    case "RPUSH":
      return push(data, first!, second!);
    case "LPOP":
      return pop(data, first!);
    case "LMOVE":
      return move(data, first!, second!);
    case "DEL":
      return remove(data, first!);
    case "RENAME":
      return rename(data, first!, second!);
    case "ZADD":
      return sortedSets.add(data, command);
    case "ZPOP":
      return sortedSets.pop(data, first!, second === "MIN" ? "MIN" : "MAX", Number(third));
    case "XADD":
      return streams.add(data, command);
    case "XGROUP":
      return streams.createGroup(data, command);
    case "DELIVER":
      return streams.deliver(data, command);
    default:
      throw new RangeError(`${name} does not run`);
  }
}

/** Takes from the first key that has something; reads all that have. */
function runBlocking(data: Data, command: Command): Performed {
  const keys = sourcesOf(command);
  if (READERS.has(command[0]!)) return streams.read(data, command, keys);
  const key = keys.find((each) => isThere(data, each));
  return key === undefined ? nothing(data, NIL) : take(data, command, key);
}

/** The data that a log stands for. */
export function replay(keys: readonly string[], log: readonly Unit[]): Data {
  return log.flat().reduce((data, effect) => perform(data, effect).data, noData(keys));
}
