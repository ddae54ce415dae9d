/** The txn-list-append workload: transactions over lists, which must be strictly serializable. */
import { HistoryRecorder } from "../../sim/checkers/history.ts";
import { checkListAppend, type ListOp, listTransactions } from "../../sim/checkers/list-append.ts";
import { beginning, listsCase } from "../porcupine/case.ts";
import { type Body, canonical } from "../protocol.ts";
import type { Chance } from "./chance.ts";
import { failure, type Judged, type Request, Tally, type Workload } from "./workload.ts";

const KEYS = 4;
const APPENDS_PER_KEY = 60;
const MAX_STEPS = 4;
const READS = 0.5;
/** Porcupine searches the whole state, so it gets the beginning of a history only. */
const COMPARED_TRANSACTIONS = 150;

type Steps = readonly ListOp[];

/** Generates and judges transactions. */
export class TxnListAppendWorkload implements Workload {
  readonly name = "txn-list-append";
  readonly mustHappen = ["txn", "appends", "elements read", "unknown"];
  readonly #tally = new Tally(["txn", "appends", "elements read"]);
  readonly #recorder = new HistoryRecorder<Steps, Steps>();
  #appends = 0;
  #lastRead = 0;

  begin(session: number, chance: Chance): Request {
    const steps: ListOp[] = [];
    for (let left = 1 + chance.below(MAX_STEPS); left > 0; left -= 1) {
      const generation = Math.floor(this.#appends / (KEYS * APPENDS_PER_KEY));
      const key = generation * KEYS + chance.below(KEYS);
      if (chance.happens(READS)) {
        steps.push(["r", key, null]);
      } else {
        this.#appends += 1;
        steps.push(["append", key, this.#appends]);
      }
    }
    return this.#request(session, steps);
  }

  /** A read of each list that was in use. */
  last(session: number): Request | null {
    const generations = Math.floor(this.#appends / (KEYS * APPENDS_PER_KEY)) + 1;
    if (this.#lastRead === generations * KEYS) return null;
    this.#lastRead += 1;
    return this.#request(session, [["r", this.#lastRead - 1, null]]);
  }

  #request(session: number, txn: Steps): Request {
    const id = this.#recorder.invoke(session, txn);
    const body: Body = { type: "txn", txn };
    return { body, finish: (answer) => this.#finish(id, txn, body, answer) };
  }

  #finish(id: number, txn: Steps, body: Body, answer: Body | null): void {
    const outcome = failure(answer);
    if (outcome !== "other") {
      this.#tally.count(outcome);
      if (outcome === "refused") this.#recorder.refused(id);
      return;
    }
    const done = answer?.type === "txn_ok" ? completedSteps(txn, answer["txn"]) : null;
    if (done === null) {
      this.#tally.nonsense(body, answer!);
      return;
    }
    this.#tally.count("txn");
    for (const [name, , value] of done) {
      if (name === "append") this.#tally.count("appends");
      else if (value !== null && value.length > 0) this.#tally.count("elements read");
    }
    this.#recorder.returned(id, done);
  }

  judge(name: string): Judged {
    const history = this.#recorder.history();
    const verdict = this.#tally.verdict(() => checkListAppend(listTransactions(history)));
    const cases = [listsCase(name, beginning(history, COMPARED_TRANSACTIONS))];
    return { verdict, counts: this.#tally.counts, history, cases };
  }
}

/** The steps of an answer, where they are those that were asked for; a missing list is empty. */
function completedSteps(asked: Steps, answered: unknown): Steps | null {
  if (!Array.isArray(answered) || answered.length !== asked.length) return null;
  const done: ListOp[] = [];
  for (const [at, step] of asked.entries()) {
    const [name, key, value]: readonly unknown[] = Array.isArray(answered[at]) ? answered[at] : [];
    if (name !== step[0] || key !== step[1]) return null;
    if (step[0] === "append") {
      if (canonical(value) !== canonical(step[2])) return null;
      done.push(step);
    } else {
      const list = value ?? [];
      if (!isNumbers(list)) return null;
      done.push(["r", step[1], list]);
    }
  }
  return done;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((element) => typeof element === "number");
}
