/** The comparison of transactions: what it must find, and that every action can be reached. */

import { describe, expect, it } from "vitest";

import { NOTHING } from "../../impl/gate/outbox.ts";
import { push } from "../../impl/session/push.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { ServerWorld } from "./server-world.ts";
import {
  compareTransactions,
  refineTransactions,
  type Stimulus,
  unreachedActions,
} from "./transactions-check.ts";

function send(client: number, ...lines: readonly string[]): Stimulus {
  return { _tag: "Send", client, lines };
}

const FLUSH: Stimulus = { _tag: "Flush" };
const SYNC: Stimulus = { _tag: "EndSync" };
const CRASH: Stimulus = { _tag: "Crash" };

function stepsOf(...sequence: readonly Stimulus[]): string[] {
  const taken: RawEvent[] = [];
  expect(compareTransactions(sequence, new Map(), taken)).toBeNull();
  return taken.map(({ action }) => action);
}

describe("the steps of the server", () => {
  it("of a transaction whose reply waits for the disk", () => {
    expect(stepsOf(send(0, "MULTI", "SET x one", "EXEC"), FLUSH, SYNC, FLUSH)).toEqual([
      ...["Send", "Multi", "Send", "Queue", "Send"],
      ...["ExecStart", "ExecNext", "ExecFinish"],
      ...["Reply", "Reply", "Persist", "Reply"],
    ]);
  });

  it("of a read that removes a watched key whose time has come", () => {
    const wait: Stimulus = { _tag: "Wait", ms: 25 };
    const tell = [send(0, "SET x one PX 20"), send(0, "WATCH x", "MULTI"), wait, send(1, "GET x")];
    expect(stepsOf(...tell, send(0, "EXEC"))).toEqual([
      ...["Send", "Run", "Send", "Watch", "Send", "Multi"],
      ...["Pass", "Send", "RunExpired", "Send", "ExecNil"],
    ]);
  });

  it("of a crash that takes what was not synced", () => {
    const sequence = [send(0, "SET x one"), FLUSH, SYNC, send(0, "SET x two"), FLUSH, CRASH];
    expect(stepsOf(...sequence).slice(-2)).toEqual(["Crash", "Restart"]);
  });
});

describe("what is noticed", () => {
  function verdictOn(spoil: (world: ServerWorld) => void): string | undefined {
    const world = new ServerWorld(1);
    const { advance } = world;
    world.advance = (ms) => {
      advance.call(world, ms);
      spoil(world);
    };
    const sequence = [
      send(0, "SET y one", "WATCH x", "MULTI", "GET x"),
      { _tag: "Wait", ms: 1 } as const,
    ];
    return compareTransactions(sequence, new Map(), [], world)?.where;
  }

  it("nothing in an honest world", () => {
    expect(verdictOn(() => {})).toBeUndefined();
  });

  it.each<[string, string, (world: ServerWorld) => void]>([
    ["a lost queue", "session 1", (world) => world.sessionOf(0)!.queue!.pop()],
    ["a mark", "session 1", (world) => Object.assign(world.sessionOf(0)!, { dirtyExec: true })],
    [
      "a forgotten watch",
      "session 1",
      ({ instance }) => instance.data.watches.unwatch(instance.clients.sessions.get(1)!),
    ],
    [
      "a reply that nobody asked for",
      "session 1",
      (world) => push(world.instance, world.sessionOf(0)!, NOTHING, (writer) => writer.ok()),
    ],
    [
      "bytes that depend on nobody knows what",
      "invariant",
      (world) => world.sessionOf(0)!.reply.ok(),
    ],
    ["data from nowhere", "the data", ({ instance }) => instance.data.flush(0)],
    [
      "a step that the model does not take",
      "action Discard",
      ({ steps }) => steps.step("transactions", "Discard", { session: "1", reply: "+OK\r\n" }),
    ],
    [
      "a gate that is ahead",
      "the gate",
      ({ steps }) => steps.step("transactions", "Persist", { upTo: 1 }),
    ],
  ])("%s", (_, where, spoil) => {
    const divergence = verdictOn(spoil);
    expect(divergence).toContain(where);
  });
});

it("agrees on sequences by chance, in which every action is taken", () => {
  const { failure, steps, tally } = refineTransactions({ steps: 5000, seed: 1 });
  expect(failure).toEqual([]);
  expect(steps).toBeGreaterThanOrEqual(5000);
  expect(unreachedActions(tally)).toEqual([]);
});
