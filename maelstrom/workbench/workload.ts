/** What a workload is to the workbench, and what all of them share. */
import { broken, type Verdict } from "../../sim/checkers/history.ts";
import type { Case } from "../porcupine/case.ts";
import { type Body, isDefinite } from "../protocol.ts";
import type { Chance } from "./chance.ts";

/** A request, and who wants to know how it ended. */
export interface Request {
  readonly body: Body;
  /** The answer; null when none came. */
  finish(answer: Body | null): void;
}

/** What came of a workload. */
export interface Judged {
  readonly verdict: Verdict;
  /** How many operations ended in which way, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** The recorded operations, one a line when they are kept. */
  readonly history: readonly unknown[];
  /** What porcupine is to judge too. */
  readonly cases: readonly Case[];
}

/** A generator of requests that records what is answered, and judges it. */
export interface Workload {
  readonly name: string;
  /** The next request of a session. */
  begin(session: number, chance: Chance): Request;
  /** A request after the faults have ended, which sees what is there; null when all is seen. */
  last(session: number): Request | null;
  /** @param name what the history is called where porcupine judges it too */
  judge(name: string): Judged;
  /** Counts that must not be zero, or the run has shown nothing. */
  readonly mustHappen: readonly string[];
}

/** Counts of what happened, and the first answer that is none. */
export class Tally {
  readonly counts: Record<string, number>;
  #nonsense: Verdict | null = null;

  constructor(names: readonly string[]) {
    this.counts = Object.fromEntries([...names, "unknown", "refused"].map((name) => [name, 0]));
  }

  /** One more. */
  count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  /** An answer that the protocol does not allow. */
  nonsense(question: Body, answer: Body): void {
    const what = `${JSON.stringify(question)} is answered by ${JSON.stringify(answer)}`;
    this.#nonsense ??= broken("Maelstrom's protocol", what, []);
  }

  /** The verdict, unless an answer was none. */
  verdict(judge: () => Verdict): Verdict {
    return this.#nonsense ?? judge();
  }
}

/** What an answer says about the operation when it is not the answer hoped for. */
export function failure(answer: Body | null): "unknown" | "refused" | "other" {
  if (answer === null) return "unknown";
  if (answer.type !== "error") return "other";
  return isDefinite(answer["code"]) ? "refused" : "unknown";
}
