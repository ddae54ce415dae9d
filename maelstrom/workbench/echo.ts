/** The echo workload: what comes back is what was sent. */
import { HOLDS } from "../../sim/checkers/history.ts";
import type { Body } from "../protocol.ts";
import { canonical } from "../protocol.ts";
import type { Chance } from "./chance.ts";
import { failure, type Judged, type Request, Tally, type Workload } from "./workload.ts";

/** Generates and judges echoes. */
export class EchoWorkload implements Workload {
  readonly name = "echo";
  readonly mustHappen = ["echo"];
  readonly #tally = new Tally(["echo"]);

  begin(session: number, chance: Chance): Request {
    const payload = { text: `Please echo ${chance.below(1000)} — ${session}`, list: [null, 1.5] };
    const body: Body = { type: "echo", echo: payload };
    return { body, finish: (answer) => this.#finish(body, answer) };
  }

  #finish(body: Body, answer: Body | null): void {
    const outcome = failure(answer);
    if (outcome !== "other") {
      this.#tally.count(outcome);
      return;
    }
    const same = canonical(answer?.["echo"]) === canonical(body["echo"]);
    if (answer?.type !== "echo_ok" || !same) this.#tally.nonsense(body, answer!);
    this.#tally.count("echo");
  }

  last(): null {
    return null;
  }

  judge(): Judged {
    const verdict = this.#tally.verdict(() => HOLDS);
    return { verdict, counts: this.#tally.counts, history: [], cases: [] };
  }
}
