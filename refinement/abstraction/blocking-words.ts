/**
 * Commands and replies in the words of `specs/blocking/Blocking.tla`: tuples of words.
 *
 * The specification knows RPUSH of one element, BLPOP, BLMOVE from the left to the right, DEL of one
 * key, RENAME, MULTI, EXEC and CLIENT UNBLOCK.
 */
import { decode, type Reply } from "../../model/keyspace/index.ts";

/** Commands that have the same words in the specification. */
const SAME: ReadonlySet<string> = new Set(["RPUSH", "DEL", "RENAME", "MULTI", "EXEC"]);

/**
 * The specification's word for a command.
 *
 * @param words as the client sent them
 * @throws Error for a command that the specification does not know
 */
export function specCommand(words: readonly string[]): readonly string[] {
  const [name, ...rest] = [words[0]!.toUpperCase(), ...words.slice(1)];
  const limit = rest.at(-1) === "0" ? "forever" : "limited";
  if (name === "BLPOP") return [name, limit, ...rest.slice(0, -1)];
  if (name === "BLMOVE") return [name, limit, ...rest.slice(0, 2)];
  if (name === "CLIENT" && rest[0] === "UNBLOCK") return ["UNBLOCK", rest[1]!];
  if (SAME.has(name)) return [name, ...rest];
  throw new Error(`the specification knows no ${words.join(" ")}`);
}

/**
 * The model's word for a command: the specification's, or one about the sorted sets and streams that
 * the model knows beside its lists.
 *
 * @throws Error for a command that the model does not know
 */
export function modelCommand(words: readonly string[]): readonly string[] {
  const [name, ...rest] = [words[0]!.toUpperCase(), ...words.slice(1)];
  const limitOf = (time: string | undefined): string => (time === "0" ? "forever" : "limited");
  switch (name) {
    case "ZADD":
      return [name, ...rest];
    case "BZPOPMIN":
    case "BZPOPMAX":
      return [name, limitOf(rest.at(-1)), ...rest.slice(0, -1)];
    case "BZMPOP": {
      const [time, count, ...keys] = rest.slice(0, 2 + Number(rest[1]));
      const [end, , most] = rest.slice(2 + Number(count));
      return [name, limitOf(time), end!, most!, ...keys];
    }
    case "XADD":
      return [name, rest[0]!, rest[3]!];
    case "XGROUP":
      return rest[0] === "CREATE" ? [name, rest[1]!] : [name, rest[1]!, rest[3]!];
    case "XREAD":
      return [name, limitOf(rest[1]), ...rest.slice(3)];
    case "XREADGROUP": {
      const named = rest.slice(6);
      return [name, limitOf(rest[4]), ...named.slice(0, named.length / 2)];
    }
    default:
      return specCommand(words);
  }
}

/**
 * The replies of the commands that an answer is about: one, but for EXEC.
 *
 * @param isExec the answer is the array of an EXEC
 */
export function specAnswer(text: string, isExec: boolean): readonly (readonly string[])[] {
  const { reply, rest } = decode(text);
  if (rest !== "") throw new Error(`more than one reply: ${JSON.stringify(text)}`);
  if (!isExec) return [specReply(reply)];
  if (reply._tag !== "Array") throw new Error(`EXEC replies ${JSON.stringify(text)}`);
  return reply.items.map(specReply);
}

/** One reply. An error of CLIENT UNBLOCK ends a wait as its time does. */
function specReply(reply: Reply): readonly string[] {
  switch (reply._tag) {
    case "Array":
      return reply.items.flatMap(specReply);
    case "Simple":
      return [reply.text];
    case "Bulk":
      return [reply.bytes];
    case "Integer":
      return [String(reply.value)];
    case "Nil":
    case "NilArray":
      return ["nil"];
    case "Error":
      return [reply.text.startsWith("UNBLOCKED") ? "nil" : "ERR"];
    default:
      throw new Error(`the specification knows no reply ${reply._tag}`);
  }
}
