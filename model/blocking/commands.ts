/** What commands do to the data: `Perform` and `Take` of `specs/blocking/Blocking.tla`. */
import { type Command, type Data, noData, type Unit, type Words } from "./state.ts";

/** What a command does when it runs. */
export interface Performed {
  readonly data: Data;
  readonly reply: Words;
  readonly effects: Unit;
  /** Keys that were not there before and are now. */
  readonly come: readonly string[];
}

/** The reply of a command that has found nothing. */
export const NIL: Words = ["nil"];

const DATA_COMMANDS: ReadonlySet<string> = new Set([
  ...["RPUSH", "LPOP", "LMOVE", "DEL", "RENAME", "BLPOP", "BLMOVE"],
]);

/** True for a command that runs at once outside MULTI, or waits, and that MULTI queues. */
export function isDataCommand([name]: Command): boolean {
  return DATA_COMMANDS.has(name!);
}

/** True for a command that waits for a key when it finds none. */
export function isBlocking([name]: Command): boolean {
  return name === "BLPOP" || name === "BLMOVE";
}

/** The keys that a blocking command takes from, in the order in which it names them. */
export function sourcesOf(command: Command): readonly string[] {
  return command[0] === "BLPOP" ? command.slice(2) : [command[2]!];
}

/** True when a key holds elements. */
export function isThere(data: Data, key: string): boolean {
  return data[key]!.length > 0;
}

/** True when a blocking command finds nothing. */
export function mustWait(data: Data, command: Command): boolean {
  return isBlocking(command) && !sourcesOf(command).some((key) => isThere(data, key));
}

function nothing(data: Data, reply: Words): Performed {
  return { data, reply, effects: [], come: [] };
}

function came(data: Data, key: string): readonly string[] {
  return isThere(data, key) ? [] : [key];
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
  const popped = pop(data, key);
  return { ...popped, reply: [key, ...popped.reply] };
}

/** Runs a command; a blocking one does not wait. */
export function perform(data: Data, command: Command): Performed {
  const [name, first, second] = command;
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
    case "BLPOP":
    case "BLMOVE": {
      const key = sourcesOf(command).find((each) => isThere(data, each));
      return key === undefined ? nothing(data, NIL) : take(data, command, key);
    }
    default:
      throw new RangeError(`${name} does not run`);
  }
}

/** The data that a log stands for. */
export function replay(keys: readonly string[], log: readonly Unit[]): Data {
  return log.flat().reduce((data, effect) => perform(data, effect).data, noData(keys));
}
