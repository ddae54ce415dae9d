/**
 * Recorded runs of transactions in the words of `specs/transactions/Transactions.tla`: commands and
 * replies as tuples of words.
 *
 * A run whose transactions are to be judged keeps to the first database and to the commands that
 * the specification knows: GET, SET with or without a lifetime, DEL and WATCH of one key, MULTI,
 * EXEC, DISCARD, UNWATCH, commands that are refused, and `SET key value EX 0`, which fails when it
 * runs. A write that is refused because the disk is full is a refused command; an EXEC that is
 * refused for that reason is none that the specification knows.
 */
import { decode, type Reply } from "../../model/keyspace/index.ts";
import { Places } from "./places.ts";
import { END, type Fields, type RecordedTrace, type TraceEvent } from "./trace.ts";

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

/** As many clients at a time, and as many keys, as `TraceTransactions.tla` knows. */
const PLACES = 8;

/** Steps of a session that do not answer its next command. */
const NOT_ANSWERS: ReadonlySet<string> = new Set(["ExecStart", "ExecNext", "Reply"]);

/** What the specification calls a command that the server refuses. */
function refusal([name]: readonly string[]): readonly string[] {
  if (name === "EXEC") throw new Error("the specification knows no EXEC that is refused");
  return ["BAD"];
}

/** A run in the specification's words, with clients and keys by their places. */
class Translation {
  readonly #sessions = new Places("s", PLACES);
  readonly #keys = new Places("k", PLACES);

  /** The commands that each session has sent and the server has not taken. */
  readonly #wires = new Map<string, RawEvent[]>();
  /** Commands that the server has refused although they are well-formed: its disk was full. */
  readonly #refused = new Set<RawEvent>();

  constructor(events: readonly RawEvent[]) {
    for (const event of events) this.#pair(event);
  }

  /** Finds for each refusal the command that was refused. */
  #pair(event: RawEvent): void {
    const { action, fields } = event;
    if (action === "Crash") this.#wires.clear();
    if (fields["session"] === undefined) return;
    const session = String(fields["session"]);
    if (action === "Disconnect") this.#wires.delete(session);
    else if (action === "Send") {
      this.#wires.set(session, [...(this.#wires.get(session) ?? []), event]);
    } else if (!NOT_ANSWERS.has(action)) {
      const command = this.#wires.get(session)?.shift();
      if (action === "Refuse" && command !== undefined) this.#refused.add(command);
    }
  }

  event(event: RawEvent): TraceEvent {
    const { action, fields } = event;
    const { session, key, command, reply, ...others } = fields;
    const translated: Record<string, Fields[string]> = { ...others };
    if (session !== undefined) translated["session"] = this.#sessions.of(String(session));
    if (key !== undefined) translated["key"] = this.#keys.of(String(key));
    if (command !== undefined) {
      const words = this.#command(String(command).split(" "));
      translated["command"] = this.#refused.has(event) ? refusal(words) : words;
    }
    if (reply !== undefined) translated["reply"] = specReply(String(reply));
    if (action === "Disconnect") this.#sessions.free(String(session));
    if (action === "Crash") this.#sessions.freeAll();
    return { action, fields: translated };
  }

  #command(words: readonly string[]): readonly string[] {
    const [name, key, ...others] = specCommand(words);
    return key === undefined ? [name!] : [name!, this.#keys.of(key), ...others];
  }
}

/**
 * A recorded run as a trace that TLC can judge.
 *
 * @param name where it comes from
 * @param events in the order in which the trace port took them; the end is put on
 * @throws Error when the run does not keep to what the specification knows
 */
export function transactionsTrace(name: string, events: readonly RawEvent[]): RecordedTrace {
  const translation = new Translation(events);
  const translated = events.map((event) => translation.event(event));
  return { spec: "transactions", name, begin: {}, events: [...translated, END] };
}
