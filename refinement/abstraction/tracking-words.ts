/**
 * Commands, replies and invalidations in the words of `specs/tracking/Tracking.tla`: tuples of words.
 *
 * The specification knows GET, INCR, FLUSHALL, EXEC of these, CLIENT TRACKING in one mode at a time,
 * and CLIENT CACHING.
 */
import { decode, type Reply } from "../../model/keyspace/index.ts";
import type { Command, Mode } from "../../model/tracking/state.ts";

/** The specification's modes, by the options that ask for them. */
const MODES: Readonly<Record<string, Mode>> = {
  "": "on",
  NOLOOP: "noloop",
  OPTIN: "optin",
  OPTOUT: "optout",
  BCAST: "bcast",
  "BCAST NOLOOP": "bcast-noloop",
};

/** The options of CLIENT TRACKING that ask for a mode. */
export function optionsOf(mode: Mode): string {
  const found = Object.entries(MODES).find(([, each]) => each === mode);
  if (found === undefined) throw new Error(`nobody asks for ${mode}`);
  return found[0];
}

/**
 * The specification's word for a command.
 *
 * @param line as the server tells it: of a transaction with what was queued, `EXEC;GET x;INCR x`
 * @param name the client
 * @throws Error for a command that the specification does not know
 */
export function specCommand(line: string, name: string): Command {
  const [first, ...queued] = line.split(";");
  if (first === "EXEC") return ["EXEC", ...queued.flatMap((each) => specCommand(each, name))];
  const [word, ...rest] = first!.split(" ");
  if ((word === "GET" || word === "INCR") && rest.length === 1) return [word, rest[0]!];
  if (word === "FLUSHALL" && rest.length === 0) return ["FLUSH", "all"];
  if (word === "CLIENT" && rest[0] === "CACHING") return ["CACHING", rest[1]!.toLowerCase()];
  if (word === "CLIENT" && rest[0] === "TRACKING") return ["TRACK", ...specMode(rest, name)];
  throw new Error(`the specification knows no ${line}`);
}

function specMode(words: readonly string[], name: string): readonly string[] {
  const [, status, ...options] = words;
  if (status === "OFF") return ["off", name];
  const isRedirected = options[0] === "REDIRECT";
  const mode = MODES[options.slice(isRedirected ? 2 : 0).join(" ")];
  if (mode === undefined) throw new Error(`the specification knows no ${words.join(" ")}`);
  return [mode, isRedirected ? options[1]! : name];
}

/**
 * The specification's words for one item of an outbox in RESP3.
 *
 * @param isExec it is the array of the replies of an EXEC
 */
export function specItem(text: string, isExec: boolean): readonly string[] {
  const { reply, rest } = decode(text);
  if (rest !== "") throw new Error(`more than one item: ${JSON.stringify(text)}`);
  if (reply._tag === "Push") return specPush(reply.items);
  if (!isExec) return ["reply", word(reply)];
  if (reply._tag !== "Array") throw new Error(`EXEC replies ${JSON.stringify(text)}`);
  return ["reply", ...reply.items.map(word)];
}

function specPush([kind, keys]: readonly Reply[]): readonly string[] {
  const name = word(kind!);
  if (name === "tracking-redir-broken") return ["broken"];
  if (name !== "invalidate") throw new Error(`the specification knows no ${name}`);
  return ["invalid", ...(keys?._tag === "Array" ? keys.items.map(word) : ["all"])];
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
      return "0";
    case "Error":
      return "ERR";
    default:
      throw new Error(`the specification knows no reply ${reply._tag}`);
  }
}
