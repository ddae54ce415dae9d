/**
 * Recorded runs of waiting for keys in the words of `specs/blocking/Blocking.tla`: commands and
 * replies as tuples of words.
 *
 * A run whose waits are to be judged keeps to the first database and to the commands that the
 * specification knows (`refinement/abstraction/blocking-words.ts`), none of which is refused.
 */
import { specAnswer, specCommand } from "../abstraction/blocking-words.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { Places } from "./places.ts";
import { END, type Field, type RecordedTrace, type TraceEvent } from "./trace.ts";

/** As many clients at a time, and as many keys, as `TraceBlocking.tla` knows. */
const PLACES = 8;
/** A client that is not there. */
const NOBODY = "nobody";
/** Words of BLPOP's reply: the key and the element. */
const PAIR = 2;

/** A run in the specification's words, with clients and keys by their places. */
class Translation {
  readonly #sessions = new Places("s", PLACES);
  readonly #keys = new Places("k", PLACES);
  /** The sessions that have a place. */
  readonly #known = new Set<string>();

  event({ action, fields }: RawEvent): TraceEvent {
    const { session, command, reply, isExec, ...others } = fields;
    const translated: Record<string, Field> = { ...others };
    if (session !== undefined) translated["session"] = this.#place(String(session));
    if (command !== undefined) {
      translated["command"] = this.#command(specCommand(String(command).split(" ")));
    }
    if (reply !== undefined) {
      const isArray = action === "ExecFinish" || isExec === true;
      translated["reply"] = specAnswer(String(reply), isArray).map((words) => this.#reply(words));
    }
    if (action === "Disconnect") {
      this.#sessions.free(String(session));
      this.#known.delete(String(session));
    } else if (action === "Crash") {
      this.#sessions.freeAll();
      this.#known.clear();
    }
    return { action, fields: translated };
  }

  #place(session: string): string {
    this.#known.add(session);
    return this.#sessions.of(session);
  }

  #command([name, ...words]: readonly string[]): readonly string[] {
    const [first, ...rest] = words;
    switch (name) {
      case "MULTI":
      case "EXEC":
        return [name];
      case "UNBLOCK":
        return [name, this.#known.has(first!) ? this.#sessions.of(first!) : NOBODY];
      case "RPUSH":
        return [name, this.#keys.of(first!), ...rest];
      case "BLPOP":
      case "BLMOVE":
        return [name, first!, ...rest.map((key) => this.#keys.of(key))];
      default:
        return [name!, ...words.map((key) => this.#keys.of(key))];
    }
  }

  #reply(words: readonly string[]): readonly string[] {
    const [key, element] = words;
    return words.length === PAIR ? [this.#keys.of(key!), element!] : words;
  }
}

/**
 * A recorded run as a trace that TLC can judge.
 *
 * @param name where it comes from
 * @param events in the order in which the trace port took them; the end is put on
 * @throws Error when the run does not keep to what the specification knows
 */
export function blockingTrace(name: string, events: readonly RawEvent[]): RecordedTrace {
  const translation = new Translation();
  const translated = events.map((event) => translation.event(event));
  return { spec: "blocking", name, begin: {}, events: [...translated, END] };
}
