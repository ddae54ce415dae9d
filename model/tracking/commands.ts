/** What commands do to the data: `Apply`, `Answer` and `Changes` of `specs/tracking/Tracking.tla`. */
import { ALL, byKey, type Command, type Data, type Unit } from "./state.ts";

const DATA_COMMANDS: ReadonlySet<string> = new Set(["GET", "INCR", "FLUSH"]);

/** True for a command that reads or changes data by itself. */
export function isDataCommand([name]: Command): boolean {
  return DATA_COMMANDS.has(name!);
}

/** The key that a command changes, or `ALL`; null for none. */
export function changedBy([name, key]: Command): string | null {
  if (name === "FLUSH") return ALL;
  return name === "INCR" || name === "DEL" ? key! : null;
}

/** The data after a command. */
export function apply(data: Data, [name, key]: Command): Data {
  switch (name) {
    case "INCR":
      return { ...data, [key!]: data[key!]! + 1 };
    case "DEL":
      return { ...data, [key!]: 0 };
    case "FLUSH":
      return byKey(Object.keys(data), 0);
    default:
      return data;
  }
}

/** The reply to a command, from the data before it. */
export function answerTo(data: Data, [name, key]: Command): string {
  if (name === "GET") return String(data[key!]!);
  return name === "INCR" ? String(data[key!]! + 1) : "OK";
}

/** What the log keeps of a command. */
export function effectsOf(command: Command): Unit {
  return changedBy(command) === null ? [] : [command];
}

/** The commands of an EXEC, each of two words. */
export function bodyOf(command: Command): readonly Command[] {
  const words = command.slice(1);
  return Array.from({ length: words.length / 2 }, (_, i) => words.slice(2 * i, 2 * i + 2));
}

/** The data that a log stands for. */
export function replay(keys: readonly string[], log: readonly Unit[]): Data {
  return log.flat().reduce(apply, byKey(keys, 0));
}
