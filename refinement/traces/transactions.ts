/**
 * Recorded runs of transactions in the words of `specs/transactions/Transactions.tla`: commands and
 * replies as tuples of words.
 *
 * A run whose transactions are to be judged keeps to the first database and to the commands that
 * the specification knows: GET, SET with or without a lifetime, DEL and WATCH of one key, MULTI,
 * EXEC, DISCARD, UNWATCH, EVAL of its two scripts, commands that are refused, and
 * `SET key value EX 0`, which fails when it runs. A write that is refused because the disk is full is a refused command; an EXEC that is
 * refused for that reason is none that the specification knows.
 */
import { type RawEvent, specCommand, specReply } from "../abstraction/transactions-words.ts";
import { Places } from "./places.ts";
import { END, type Fields, type RecordedTrace, type TraceEvent } from "./trace.ts";

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
