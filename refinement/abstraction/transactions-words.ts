/**
 * Commands and replies in the words of `specs/transactions/Transactions.tla`: tuples of words.
 *
 * The specification knows GET, SET with or without a lifetime, DEL and WATCH of one key, MULTI,
 * EXEC, DISCARD, UNWATCH, commands that are refused, `SET key value EX 0`, which fails when it runs,
 * and EVAL of two scripts.
 */
import { decode, type Reply } from "../../model/keyspace/index.ts";

/** A step as the trace port takes it. */
export interface RawEvent {
  readonly action: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Arguments of the commands, their name included. */
const WORDS: Readonly<Record<string, number>> = {
  GET: 2,
  DEL: 2,
  WATCH: 2,
  MULTI: 1,
  EXEC: 1,
  DISCARD: 1,
  UNWATCH: 1,
};
/** The scripts that the specification knows, by its names for them. No blank is in them. */
export const SCRIPTS = {
  SWAP: "return({redis.call([[get]],KEYS[1]),redis.call([[set]],KEYS[1],ARGV[1])})[1]",
  HALF: "redis.call([[set]],KEYS[1],ARGV[1]);redis.call([[nosuch]]);redis.call([[del]],KEYS[1])",
} as const;

const LIFETIMES: ReadonlySet<string> = new Set(["EX", "PX", "EXAT", "PXAT"]);

/**
 * The specification's word for a command.
 *
 * @param words as the client sent them
 * @throws Error for a command that the specification does not know
 */
export function specCommand(words: readonly string[]): readonly string[] {
  const name = words[0]!.toUpperCase();
  if (name === "SET") return specSet(words);
  if (name === "EVAL") return specScript(words);
  const expected = WORDS[name];
  // Whatever is no command, or has another number of arguments, is refused.
  if (expected === undefined || expected !== words.length) return refusedUnlessKnown(name, words);
  return [name, ...words.slice(1)];
}

function refusedUnlessKnown(name: string, words: readonly string[]): readonly string[] {
  const isVariadic = (name === "DEL" || name === "WATCH") && words.length > 2;
  if (isVariadic || (WORDS[name] === undefined && !name.startsWith("NOSUCH"))) {
    throw new Error(`the specification knows no ${words.join(" ")}`);
  }
  return ["BAD"];
}

function specSet(words: readonly string[]): readonly string[] {
  const [, key, value, option, lifetime] = words;
  if (words.length < 3) return ["BAD"];
  if (words.length === 3) return ["SET", key!, value!];
  if (words.length !== 5 || !LIFETIMES.has(option!.toUpperCase())) {
    throw new Error(`the specification knows no ${words.join(" ")}`);
  }
  return lifetime === "0" ? ["FAIL"] : ["SETX", key!, value!];
}

function specScript(words: readonly string[]): readonly string[] {
  const [, text, keys, key, value] = words;
  const known = Object.entries(SCRIPTS).find(([, script]) => script === text);
  if (known === undefined || keys !== "1" || words.length !== 5) {
    throw new Error(`the specification knows no ${words.join(" ")}`);
  }
  return [known[0], key!, value!];
}

/** A script of the specification as a client sends it. */
export function scriptLine(name: keyof typeof SCRIPTS, key: string, value: string): string {
  return `EVAL ${SCRIPTS[name]} 1 ${key} ${value}`;
}

/** The specification's words for a reply in RESP2 or RESP3. */
export function specReply(text: string): readonly string[] {
  const { reply, rest } = decode(text);
  if (rest !== "") throw new Error(`more than one reply: ${JSON.stringify(text)}`);
  if (reply._tag === "NilArray") return ["nilarray"];
  return reply._tag === "Array" ? ["array", ...reply.items.map(word)] : [word(reply)];
}

function word(reply: Reply): string {
  switch (reply._tag) {
    case "Simple":
      return reply.text;
    case "Bulk":
      return reply.bytes;
    case "Integer":
      return String(reply.value);
    case "Nil":
      return "nil";
    case "Error":
      return reply.text.startsWith("EXECABORT") ? "EXECABORT" : "ERR";
    default:
      throw new Error(`the specification knows no reply ${reply._tag}`);
  }
}
