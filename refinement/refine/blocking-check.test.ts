/** The comparison of waits for keys: what it must find, and that every action can be reached. */
import { describe, expect, it } from "vitest";
import { NOTHING } from "../../impl/gate/outbox.ts";
import { push } from "../../impl/session/push.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import {
  blockingWorld,
  compareBlocking,
  refineBlocking,
  type Stimulus,
  unreachedActions,
} from "./blocking-check.ts";
import type { ServerWorld } from "./server-world.ts";

function send(client: number, ...lines: readonly string[]): Stimulus {
  return { _tag: "Send", client, lines };
}

const FLUSH: Stimulus = { _tag: "Flush" };
const SYNC: Stimulus = { _tag: "EndSync" };
const TIME: Stimulus = { _tag: "Wait", ms: 25 };

function stepsOf(...sequence: readonly Stimulus[]): string[] {
  const taken: RawEvent[] = [];
  expect(compareBlocking(sequence, new Map(), taken)).toBeNull();
  return taken.map(({ action }) => action);
}

describe("the steps of the server", () => {
  it("of two that wait and a push, whose element leaves when its removal is durable", () => {
    const sequence = [send(0, "BLPOP x 0"), send(1, "BLPOP x 0"), send(2, "RPUSH x 1")];
    expect(stepsOf(...sequence, FLUSH, SYNC, FLUSH)).toEqual([
      ...["Send", "Wait", "Send", "Wait", "Send", "Run", "Serve"],
      ...["Persist", "Reply", "Reply"],
    ]);
  });

  it("of a transaction, after which all that it brings is served", () => {
    const waits = [send(0, "BLMOVE x y LEFT RIGHT 0"), send(1, "BLPOP y 0")];
    const transaction = send(2, "MULTI", "RPUSH x 1", "BLPOP z 0", "EXEC");
    expect(stepsOf(...waits, transaction).slice(4)).toEqual([
      ...["Send", "Multi", "Send", "Queue", "Send", "Queue", "Send"],
      ...["ExecStart", "ExecNext", "ExecNext", "ExecFinish", "Serve", "Serve"],
    ]);
  });

  it("of sorted sets, of which one member serves one client", () => {
    const waits = [send(0, "BZPOPMIN p q 0"), send(1, "BZMPOP 0 1 q MAX COUNT 2")];
    const brings = send(2, "MULTI", "ZADD q 1 a", "ZADD q 2 b", "ZADD q 2 c", "EXEC");
    expect(stepsOf(...waits, brings).slice(-3)).toEqual(["ExecFinish", "Serve", "Serve"]);
  });

  it("of readers of a stream, all of whom are served, but of a group the first", () => {
    const groups = ["XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c"];
    const waits = [
      send(0, "XREAD BLOCK 0 STREAMS s $"),
      send(1, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"),
      send(2, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"),
      // What comes is nothing to it, and its time is up.
      send(3, "XREAD BLOCK 20 STREAMS s 1-5"),
    ];
    const steps = stepsOf(send(4, ...groups), ...waits, send(4, "XADD s 1-* f 1"), TIME);
    expect(steps.slice(-5)).toEqual(["Send", "Run", "Serve", "Serve", "Timeout"]);
  });

  it("of waits that end by themselves, by another's word, and with their connection", () => {
    const waits = [send(0, "BLPOP x 0.02"), send(1, "BLPOP x 0"), send(2, "BLPOP x 0")];
    const ends: Stimulus[] = [
      { _tag: "Unblock", client: 3, other: 1 },
      { _tag: "Disconnect", client: 2 },
    ];
    expect(stepsOf(...waits, TIME, ...ends, send(3, "RPUSH x 1")).slice(6)).toEqual([
      ...["Timeout", "Send", "Unblock", "Disconnect", "Send", "Run"],
    ]);
  });
});

describe("what is noticed", () => {
  function verdictOn(spoil: (world: ServerWorld) => void): string | undefined {
    const world = blockingWorld();
    const { advance } = world;
    world.advance = (ms) => {
      advance.call(world, ms);
      spoil(world);
    };
    const sequence: Stimulus[] = [
      ...[send(0, "BLPOP x 0"), send(1, "BLPOP x y 0"), send(2, "RPUSH z 1"), FLUSH],
      { _tag: "Wait", ms: 1 },
    ];
    return compareBlocking(sequence, new Map(), [], world)?.where;
  }

  it("nothing in an honest world", () => {
    expect(verdictOn(() => {})).toBeUndefined();
  });

  it.each<[string, string, (world: ServerWorld) => void]>([
    ["a lost wait", "line", (world) => world.instance.clients.waits.end(world.sessionOf(0)!)],
    ["data from nowhere", "db", ({ instance }) => instance.data.flush(0)],
    [
      "a reply that nobody asked for",
      "client",
      (world) => push(world.instance, world.sessionOf(0)!, NOTHING, (writer) => writer.ok()),
    ],
    [
      "another place in line",
      "waiters",
      ({ instance }) => {
        const { keys } = instance.clients.waits;
        const [first] = [...instance.clients.waits.of("keys")];
        const { wait } = first!.blocked!.again!;
        keys.remove(first!);
        keys.add(first!, wait);
      },
    ],
    [
      "a step that the model does not take",
      "action Serve",
      ({ steps }) => steps.step("blocking", "Serve", { session: "1", reply: "+OK\r\n" }),
    ],
    [
      "a gate that is ahead",
      "the gate",
      ({ steps }) => steps.step("blocking", "Persist", { upTo: 1 }),
    ],
  ])("%s", (_, where, spoil) => {
    expect(verdictOn(spoil)).toContain(where);
  });
});

it("agrees on sequences by chance, in which every action is taken", () => {
  const { failure, steps, tally } = refineBlocking({ steps: 5000, seed: 1 });
  expect(failure).toEqual([]);
  expect(steps).toBeGreaterThanOrEqual(5000);
  expect(unreachedActions(tally)).toEqual([]);
});
