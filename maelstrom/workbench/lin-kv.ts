/** The lin-kv workload: reads, writes and compare-and-sets of a few keys, which must be linearizable. */
import { type History, HistoryRecorder, type Verdict } from "../../sim/checkers/history.ts";
import { checkLinearizability } from "../../sim/checkers/linearizability.ts";
import { type Command, type Reply, stringCommands } from "../../sim/checkers/strings-model.ts";
import { commandsCase } from "../porcupine/case.ts";
import { type Body, ErrorCode } from "../protocol.ts";
import type { Chance } from "./chance.ts";
import { failure, type Judged, type Request, Tally, type Workload } from "./workload.ts";

/** So many keys are in use at a time, each for so many operations. */
const KEYS = 5;
const OPERATIONS_PER_KEY = 80;
const VALUES = 5;
const READS = 0.4;
const WRITES = 0.25;

/** Generates and judges operations on registers. */
export class LinKvWorkload implements Workload {
  readonly name = "lin-kv";
  readonly mustHappen = ["read", "write", "cas", "cas refused", "unknown"];
  readonly #tally = new Tally(["read", "write", "cas", "cas refused"]);
  readonly #recorder = new HistoryRecorder<Command, Reply>();
  #operations = 0;
  #lastRead = 0;

  begin(session: number, chance: Chance): Request {
    const generation = Math.floor(this.#operations / (KEYS * OPERATIONS_PER_KEY));
    this.#operations += 1;
    const key = generation * KEYS + chance.below(KEYS);
    const kind = chance.fraction();
    if (kind < READS) return this.#read(session, key);
    const value = chance.below(VALUES);
    if (kind < READS + WRITES) {
      const command = ["SET", String(key), String(value)];
      return this.#request(session, command, { type: "write", key, value });
    }
    const from = chance.below(VALUES);
    const command = ["CAS", String(key), String(from), String(value)];
    return this.#request(session, command, { type: "cas", key, from, to: value });
  }

  /** A read of each key that was in use. */
  last(session: number): Request | null {
    const generations = Math.ceil(this.#operations / (KEYS * OPERATIONS_PER_KEY));
    if (this.#lastRead === generations * KEYS) return null;
    this.#lastRead += 1;
    return this.#read(session, this.#lastRead - 1);
  }

  #read(session: number, key: number): Request {
    return this.#request(session, ["GET", String(key)], { type: "read", key });
  }

  #request(session: number, command: Command, body: Body): Request {
    const id = this.#recorder.invoke(session, command);
    return { body, finish: (answer) => this.#finish(id, body, answer) };
  }

  #finish(id: number, body: Body, answer: Body | null): void {
    const result = resultOf(body, answer);
    if (result !== undefined) {
      const refused = body.type === "cas" && result !== "OK";
      this.#tally.count(refused ? "cas refused" : body.type);
      this.#recorder.returned(id, result);
      return;
    }
    const outcome = failure(answer);
    if (outcome === "other") {
      this.#tally.nonsense(body, answer!);
      return;
    }
    this.#tally.count(outcome);
    // One that is unknown stays open: it may take effect at any time.
    if (outcome === "refused") this.#recorder.refused(id);
  }

  judge(name: string): Judged {
    const history = this.#recorder.history();
    const verdict = this.#tally.verdict(() => linearizable(history));
    const cases = [commandsCase(name, history)];
    return { verdict, counts: this.#tally.counts, history, cases };
  }
}

function linearizable(history: History<Command, Reply>): Verdict {
  return checkLinearizability(stringCommands, history);
}

/** What an answer shows, in the words of the sequential model. */
function resultOf({ type }: Body, answer: Body | null): Reply | undefined {
  if (answer === null) return undefined;
  if (answer.type === `${type}_ok`) return type === "read" ? JSON.stringify(answer["value"]) : "OK";
  if (answer.type !== "error") return undefined;
  const code = answer["code"];
  if (type === "read" && code === ErrorCode.keyDoesNotExist) return null;
  const refuses = code === ErrorCode.keyDoesNotExist || code === ErrorCode.preconditionFailed;
  return type === "cas" && refuses ? { error: String(code) } : undefined;
}
