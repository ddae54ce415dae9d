/** The comparison of clients' caches: what it must find, and that every action can be reached. */
import { describe, expect, it } from "vitest";
import { NOTHING } from "../../impl/gate/outbox.ts";
import { push } from "../../impl/session/push.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import type { ServerWorld } from "./server-world.ts";
import {
  compareTracking,
  refineTracking,
  type Stimulus,
  trackingWorld,
  unreachedActions,
} from "./tracking-check.ts";

function send(client: number, ...lines: readonly string[]): Stimulus {
  return { _tag: "Send", client, lines };
}

const FLUSH: Stimulus = { _tag: "Flush" };
const SYNC: Stimulus = { _tag: "EndSync" };

function stepsOf(...sequence: readonly Stimulus[]): string[] {
  const taken: RawEvent[] = [];
  expect(compareTracking(sequence, new Map(), taken)).toBeNull();
  return taken.map(({ action }) => action);
}

describe("the steps of the server", () => {
  it("of a read and a write, whose invalidation leaves when the write is durable", () => {
    const sequence = [send(0, "CLIENT TRACKING ON", "GET x"), FLUSH, send(1, "INCR x")];
    expect(stepsOf(...sequence, FLUSH, SYNC, FLUSH)).toEqual([
      ...["Send", "Track", "Send", "Run", "Reply", "Reply", "Send", "Run"],
      ...["Persist", "Reply", "Reply"],
    ]);
  });

  it("of a transaction, whose client is told behind the reply", () => {
    const transaction = send(0, "MULTI", "INCR x", "GET x", "INCR x", "EXEC");
    const sequence = [send(0, "CLIENT TRACKING ON", "GET x"), transaction];
    expect(stepsOf(...sequence, FLUSH, SYNC, FLUSH).slice(4)).toEqual([
      ...["Send", "ExecStart", "ExecNext", "ExecNext", "ExecNext", "ExecFinish"],
      ...["Reply", "Reply", "Persist", "Reply", "Reply", "Reply"],
    ]);
  });

  it("of keys that expire, are too many, or concern those who want to know of all", () => {
    const all = send(0, "CLIENT TRACKING ON BCAST", "INCR w", "INCR x");
    const expired: Stimulus[] = [
      { _tag: "Expire", key: "w", reader: null },
      { _tag: "Expire", key: "x", reader: 0 },
    ];
    expect(stepsOf(all, FLUSH, ...expired, FLUSH).slice(6)).toEqual([
      ...["Turn", "Reply", "Expire", "Turn", "Send", "RunExpired", "Turn"],
    ]);
    const many = send(0, "CLIENT TRACKING ON", "GET w", "GET x", "GET y", "GET z", "INCR w");
    expect(stepsOf(many).filter((action) => action === "Forget")).toEqual(["Forget"]);
  });
});

describe("what is noticed", () => {
  function verdictOn(spoil: (world: ServerWorld) => void): string | undefined {
    const world = trackingWorld();
    const { disconnect } = world;
    world.disconnect = (client) => {
      disconnect.call(world, client);
      spoil(world);
    };
    const sequence: Stimulus[] = [
      ...[send(0, "CLIENT TRACKING ON", "GET x"), send(1, "CLIENT TRACKING ON BCAST", "INCR y")],
      { _tag: "Disconnect", client: 2 },
    ];
    return compareTracking(sequence, new Map(), [], world)?.where;
  }

  it("nothing in an honest world", () => {
    expect(verdictOn(() => {})).toBeUndefined();
  });

  it.each<[string, string, (world: ServerWorld) => void]>([
    ["a read that is not remembered", "table", ({ instance }) => instance.tracking.table.clear()],
    [
      "a change that nobody will hear of",
      "noted",
      ({ instance }) => instance.tracking.broadcasts.entries().get("")!.changed.clear(),
    ],
    ["data from nowhere", "db", ({ instance }) => instance.data.flush(0)],
    [
      "a cache that nobody looks after",
      "client",
      (world) => world.instance.tracking.disable(world.sessionOf(0)!),
    ],
    [
      "an invalidation of nothing",
      "client",
      (world) =>
        push(world.instance, world.sessionOf(0)!, NOTHING, (writer) =>
          writer.raw(">2\r\n$10\r\ninvalidate\r\n_\r\n"),
        ),
    ],
    [
      "a step that the model does not take",
      "action Turn",
      ({ steps }) => {
        steps.step("tracking", "Turn", {});
        steps.step("tracking", "Turn", {});
      },
    ],
    [
      "a gate that is ahead",
      "action Persist",
      ({ steps }) => steps.step("tracking", "Persist", { upTo: 1 }),
    ],
  ])("%s", (_, where, spoil) => {
    expect(verdictOn(spoil)).toContain(where);
  });
});

it("agrees on sequences by chance, in which every action is taken", () => {
  const { failure, steps, tally } = refineTracking({ steps: 5000, seed: 1 });
  expect(failure).toEqual([]);
  expect(steps).toBeGreaterThanOrEqual(5000);
  expect(unreachedActions(tally)).toEqual([]);
});
