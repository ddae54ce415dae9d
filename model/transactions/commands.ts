/** What commands do to the data: `Perform` of `specs/transactions/Transactions.tla`. */
import { ABSENT, type Command, type Data, type Effect, NIL, type Value } from "./state.ts";

/** A key that a command has changed, and whether it is there afterwards: what WATCH must know. */
export interface Touch {
  readonly key: string;
  readonly there: boolean;
}

/** What a command does when it runs. */
export interface Performed {
  readonly data: Data;
  /** One word. */
  readonly reply: string;
  readonly effects: readonly Effect[];
  readonly touches: readonly Touch[];
}

/** Commands that consult data, or fail when they run. */
const DATA_COMMANDS: ReadonlySet<string> = new Set([
  "GET",
  "SET",
  "SETX",
  "DEL",
  "FAIL",
  "SWAP",
  "HALF",
]);

/** True for a command that runs at once outside MULTI. */
export function isDataCommand([name]: Command): boolean {
  return DATA_COMMANDS.has(name!);
}

/** True when the time of a key is past. */
export function isPast(data: Data, key: string): boolean {
  return data[key]!.ttl === "past";
}

/** True when a command names a key whose time is past. */
export function namesPastKey(data: Data, [name, key]: Command): boolean {
  return name !== "FAIL" && isPast(data, key!);
}

/** What happens before any access to a key: it is removed if its time is past. */
export function removeIfPast(data: Data, key: string): Omit<Performed, "reply"> {
  if (!isPast(data, key)) return { data, effects: [], touches: [] };
  return {
    data: { ...data, [key]: ABSENT },
    effects: [{ key, ...ABSENT }],
    touches: [{ key, there: false }],
  };
}

/** Runs a command. */
export function perform(data: Data, command: Command): Performed {
  const [name, key, text] = command;
  switch (name) {
    case "GET": {
      const found = removeIfPast(data, key!);
      return { ...found, reply: found.data[key!]!.val };
    }
    case "SET":
      return store(data, key!, { val: text!, ttl: "none" });
    case "SETX":
      return store(data, key!, { val: text!, ttl: "ahead" });
    case "DEL":
      return remove(data, key!);
    case "SWAP":
      return script(data, [
        ["GET", key!],
        ["SET", key!, text!],
      ]);
    case "HALF":
      return script(data, [["SET", key!, text!], ["FAIL"], ["DEL", key!]]);
    case "FAIL":
      return { data, reply: "ERR", effects: [], touches: [] };
    case "UNWATCH":
      return { data, reply: "OK", effects: [], touches: [] };
    default:
      throw new RangeError(`${name} does not run`);
  }
}

/**
 * A script is one command made of several. An error ends it where it is, and what it has written
 * stays; else its reply is that of its first command.
 */
function script(data: Data, [command, ...others]: readonly Command[]): Performed {
  const first = perform(data, command!);
  if (first.reply === "ERR" || others.length === 0) return first;
  const rest = script(first.data, others);
  return {
    data: rest.data,
    reply: rest.reply === "ERR" ? "ERR" : first.reply,
    effects: [...first.effects, ...rest.effects],
    touches: [...first.touches, ...rest.touches],
  };
}

function store(data: Data, key: string, value: Value): Performed {
  const found = removeIfPast(data, key);
  return {
    data: { ...found.data, [key]: value },
    reply: "OK",
    effects: [...found.effects, { key, ...value }],
    touches: [...found.touches, { key, there: true }],
  };
}

function remove(data: Data, key: string): Performed {
  const found = removeIfPast(data, key);
  if (found.data[key]!.val === NIL) return { ...found, reply: "0" };
  return {
    data: { ...data, [key]: ABSENT },
    reply: "1",
    effects: [{ key, ...ABSENT }],
    touches: [{ key, there: false }],
  };
}
