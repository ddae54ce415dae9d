/**
 * Recorded runs of client-side caching in the words of `specs/tracking/Tracking.tla`: commands, replies
 * and invalidations as tuples of words.
 *
 * A run whose caches are to be judged keeps to the first database and to the commands that the
 * specification knows (`refinement/abstraction/tracking-words.ts`), and its clients speak RESP3.
 */
import { specCommand, specItem } from "../abstraction/tracking-words.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { Places } from "./places.ts";
import { END, type Field, type RecordedTrace, type TraceEvent } from "./trace.ts";

/** As many clients at a time, and as many keys, as `TraceTracking.tla` knows. */
const PLACES = 8;

/** The places of a run's keys, in the order of their bytes. */
function keysOf(events: readonly RawEvent[]): Places {
  const keys = new Set<string>();
  for (const { fields } of events) {
    for (const [, key] of String(fields["command"] ?? "").matchAll(/\b(?:GET|INCR) (\S+?)(?=;|$)/g))
      keys.add(key!);
  }
  const places = new Places("k", PLACES);
  for (const key of [...keys].sort()) places.of(key);
  return places;
}

/** A run in the specification's words, with clients and keys by their places. */
class Translation {
  readonly #sessions = new Places("s", PLACES);
  readonly #keys: Places;

  constructor(keys: Places) {
    this.#keys = keys;
  }

  event({ action, fields }: RawEvent): TraceEvent {
    const { session, command, reply, isExec, key, ...others } = fields;
    const translated: Record<string, Field> = { ...others };
    if (session !== undefined) translated["session"] = this.#sessions.of(String(session));
    if (key !== undefined) translated["key"] = this.#keys.of(String(key));
    if (command !== undefined) {
      translated["command"] = this.#command(specCommand(String(command), String(session)));
    }
    if (reply !== undefined) {
      translated["reply"] = this.#item(
        specItem(String(reply), action === "ExecFinish" || isExec === true),
      );
    }
    if (action === "Disconnect") this.#sessions.free(String(session));
    else if (action === "Crash") this.#sessions.freeAll();
    return { action, fields: translated };
  }

  #command([name, ...words]: readonly string[]): readonly string[] {
    if (name === "TRACK") return [name, words[0]!, this.#sessions.of(words[1]!)];
    if (name === "FLUSH" || name === "CACHING") return [name, ...words];
    if (name !== "EXEC") return [name!, this.#keys.of(words[0]!)];
    return [
      name,
      ...words.map((word, i) => (i % 2 === 0 || word === "all" ? word : this.#keys.of(word))),
    ];
  }

  #item([kind, ...words]: readonly string[]): readonly string[] {
    if (kind !== "invalid" || words[0] === "all") return [kind!, ...words];
    return [kind, ...words.map((key) => this.#keys.of(key))];
  }
}

/**
 * A recorded run as a trace that TLC can judge.
 *
 * @param name where it comes from
 * @param events in the order in which the trace port took them; the end is put on
 * @throws Error when the run does not keep to what the specification knows
 */
export function trackingTrace(name: string, events: readonly RawEvent[]): RecordedTrace {
  const translation = new Translation(keysOf(events));
  const translated = events.map((event) => translation.event(event));
  return { spec: "tracking", name, begin: {}, events: [...translated, END] };
}
