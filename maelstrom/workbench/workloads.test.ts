import { describe, expect, it } from "vitest";
import type { Body } from "../protocol.ts";
import { Chance } from "./chance.ts";
import { EchoWorkload } from "./echo.ts";
import { LinKvWorkload } from "./lin-kv.ts";
import { TxnListAppendWorkload } from "./txn-list-append.ts";
import type { Workload } from "./workload.ts";

type Answer = (body: Body) => Body | null;

/** Runs a workload against a function, one request at a time. */
function run(workload: Workload, requests: number, answer: Answer) {
  const chance = new Chance(1);
  for (let at = 0; at < requests; at += 1) {
    const { body, finish } = workload.begin(at, chance);
    finish(answer(body));
  }
  for (let last = workload.last(0); last !== null; last = workload.last(0)) {
    last.finish(answer(last.body));
  }
  return workload.judge("test");
}

/** A register for each key, in a Map. */
function registers(): Answer {
  const values = new Map<unknown, unknown>();
  return ({ type, key, value, from, to }) => {
    const old = values.get(key);
    if (type === "write") {
      values.set(key, value);
      return { type: "write_ok" };
    }
    if (old === undefined) return { type: "error", code: 20 };
    if (type === "read") return { type: "read_ok", value: old };
    if (old !== from) return { type: "error", code: 22 };
    values.set(key, to);
    return { type: "cas_ok" };
  };
}

/** Lists in a Map; what is read is passed through `show`. */
function lists(show: (list: readonly unknown[]) => readonly unknown[]): Answer {
  const all = new Map<unknown, readonly unknown[]>();
  return ({ txn }) => {
    const steps = txn as readonly (readonly [string, unknown, unknown])[];
    const done = steps.map(([name, key, value]) => {
      const list = all.get(key);
      if (name === "r") return [name, key, list === undefined ? null : show(list)];
      all.set(key, [...(list ?? []), value]);
      return [name, key, value];
    });
    return { type: "txn_ok", txn: done };
  };
}

/** Every so manieth request gets another answer. */
function sometimes(every: number, usual: Answer, other: (body: Body) => Body | null): Answer {
  let requests = 0;
  return (body) => {
    requests += 1;
    return requests % every === 0 ? other(body) : usual(body);
  };
}

const holds = { verdict: { _tag: "Holds" } };
const broken = (guarantee: string) => ({
  verdict: { _tag: "Broken", violation: { guarantee } },
});

describe("lin-kv", () => {
  it("accepts registers, and that an answer is lost", () => {
    const judged = run(new LinKvWorkload(), 1000, registers());
    expect(judged).toMatchObject(holds);
    expect(judged.counts).toMatchObject({ unknown: 0, refused: 0 });
    for (const name of new LinKvWorkload().mustHappen.filter((one) => one !== "unknown")) {
      expect(judged.counts[name]).toBeGreaterThan(0);
    }
    const serve = registers();
    const deaf = sometimes(20, serve, (body) => {
      serve(body);
      return null;
    });
    expect(run(new LinKvWorkload(), 1000, deaf)).toMatchObject(holds);
    expect(
      run(
        new LinKvWorkload(),
        1000,
        sometimes(20, registers(), () => null),
      ),
    ).toMatchObject(holds);
  });

  it("takes a definite error for nothing done, another one for anything", () => {
    const refusing = (code: number) => {
      const serve = registers();
      return sometimes(10, serve, (body) => {
        if (code === 13) serve(body);
        return { type: "error", code };
      });
    };
    expect(run(new LinKvWorkload(), 500, refusing(11)).counts["refused"]).toBeGreaterThan(40);
    expect(run(new LinKvWorkload(), 500, refusing(13))).toMatchObject(holds);
  });

  it("rejects a write that was acknowledged and not done", () => {
    const forgetful = sometimes(10, registers(), ({ type }) => ({ type: `${type}_ok`, value: 0 }));
    expect(run(new LinKvWorkload(), 500, forgetful)).toMatchObject(broken("linearizability"));
  });

  it("rejects an answer to another question", () => {
    const confused = sometimes(50, registers(), () => ({ type: "echo_ok" }));
    expect(run(new LinKvWorkload(), 500, confused)).toMatchObject(broken("Maelstrom's protocol"));
  });
});

describe("txn-list-append", () => {
  it("accepts lists", () => {
    const judged = run(
      new TxnListAppendWorkload(),
      1000,
      lists((list) => list),
    );
    expect(judged).toMatchObject(holds);
    expect(judged.counts["elements read"]).toBeGreaterThan(0);
  });

  it("rejects lists without their ends, and answers to other steps", () => {
    const short = lists((list) => list.slice(0, -1));
    expect(run(new TxnListAppendWorkload(), 200, short)).toMatchObject(
      broken("strict serializability of list-append"),
    );
    for (const txn of [[], [["r", 99, []]], [["r", 0, ["text"]]], 7]) {
      const confused = sometimes(
        20,
        lists((list) => list),
        () => ({ type: "txn_ok", txn }),
      );
      expect(run(new TxnListAppendWorkload(), 200, confused)).toMatchObject(
        broken("Maelstrom's protocol"),
      );
    }
  });
});

describe("echo", () => {
  it("accepts the same and rejects another", () => {
    const echo: Answer = (body) => ({ type: "echo_ok", echo: body["echo"] });
    expect(run(new EchoWorkload(), 50, echo)).toMatchObject({ ...holds, counts: { echo: 50 } });
    const other = sometimes(50, echo, () => ({ type: "echo_ok", echo: 1 }));
    expect(run(new EchoWorkload(), 50, other)).toMatchObject(broken("Maelstrom's protocol"));
  });
});
