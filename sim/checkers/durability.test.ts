import { describe, expect, it } from "vitest";
import { checkAcknowledged } from "./acknowledged.ts";
import type { Crash, DurabilityHistory, FsyncPolicy, LeftReply } from "./durability.ts";
import { checkRecovered, type KeyHistory } from "./recovered.ts";
import { checkShown } from "./shown.ts";

const write = (operation: number, position: number, leftAtMs: number): LeftReply => ({
  ...{ operation, session: 1, position, wrote: true, leftAtMs },
});
const read = (operation: number, position: number, leftAtMs: number): LeftReply => ({
  ...write(operation, position, leftAtMs),
  wrote: false,
});
const kill = (atMs: number, survived: number): Crash => ({ atMs, kind: "kill", survived });
const power = (atMs: number, survived: number): Crash => ({ atMs, kind: "power", survived });

function history(
  policy: FsyncPolicy,
  replies: readonly LeftReply[],
  ...crashes: Crash[]
): DurabilityHistory {
  return { policy, replies, crashes };
}

const POLICIES: readonly FsyncPolicy[] = ["always", "everysec", "no"];

describe("acknowledged writes", () => {
  it("accepts those that are there", () => {
    const replies = [write(1, 1, 10), write(2, 2, 20)];
    for (const policy of POLICIES) {
      expect(checkAcknowledged(history(policy, replies, kill(30, 2)))._tag).toBe("Holds");
    }
  });

  it.each(POLICIES)("rejects one lost by a kill with %s", (policy) => {
    const verdict = checkAcknowledged(history(policy, [write(7, 2, 20)], kill(20, 1)));
    expect(verdict).toMatchObject({ violation: { operations: [7] } });
  });

  it("judges a loss of power by the policy", () => {
    const lose = (policy: FsyncPolicy, atMs: number) =>
      checkAcknowledged(history(policy, [write(7, 2, 1000)], power(atMs, 1)))._tag;
    expect(lose("always", 1000)).toBe("Broken");
    expect(lose("everysec", 1000)).toBe("Holds");
    expect(lose("everysec", 2999)).toBe("Holds");
    expect(lose("everysec", 3000)).toBe("Broken");
    expect(lose("no", 1_000_000)).toBe("Holds");
  });

  it("does not judge what was acknowledged after the crash by it", () => {
    const replies = [write(1, 1, 10), write(2, 2, 40)];
    expect(checkAcknowledged(history("always", replies, kill(30, 1)))._tag).toBe("Holds");
    expect(checkAcknowledged(history("always", replies, kill(30, 1), kill(50, 1)))._tag).toBe(
      "Broken",
    );
  });

  it("judges what survived one crash again at the next", () => {
    const replies = [write(1, 1, 10)];
    const late = history("everysec", replies, power(5000, 1), kill(5001, 0));
    expect(checkAcknowledged(late)._tag).toBe("Broken");
  });

  it("does not ask for what an earlier crash was allowed to take", () => {
    // Position 2 is given again, to a write that nobody acknowledged.
    const replies = [write(1, 1, 10), write(2, 2, 20)];
    const twice = history("everysec", replies, power(30, 1), kill(40, 1));
    expect(checkAcknowledged(twice)._tag).toBe("Holds");
  });

  it("asks nothing for reads", () => {
    expect(checkAcknowledged(history("always", [read(1, 5, 10)], kill(20, 0)))._tag).toBe("Holds");
  });
});

describe("shown values", () => {
  it("rejects a value that is unseen, and nothing else", () => {
    expect(checkShown(history("always", [read(1, 5, 10)], power(20, 4)))).toMatchObject({
      violation: { what: "appendfsync always: what read 1 showed is unseen by a power" },
    });
    expect(checkShown(history("always", [read(1, 5, 10)], power(20, 5)))._tag).toBe("Holds");
    expect(checkShown(history("always", [read(1, 0, 10)], power(20, 0)))._tag).toBe("Holds");
    expect(checkShown(history("always", [write(1, 5, 10)], power(20, 0)))._tag).toBe("Holds");
    expect(checkShown(history("everysec", [read(1, 5, 10)], power(20, 4)))._tag).toBe("Holds");
    expect(checkShown(history("everysec", [read(1, 5, 10)], kill(20, 4)))._tag).toBe("Broken");
  });
});

describe("recovered keys", () => {
  const key = (recovered: string | null, shown: KeyHistory["shown"] = []): KeyHistory => ({
    key: "k",
    writes: [
      { value: "a", acknowledgedAtMs: 100 },
      { value: "b", acknowledgedAtMs: 5000 },
      { value: "c", acknowledgedAtMs: null },
      { value: "d", acknowledgedAtMs: null },
    ],
    shown,
    recovered,
  });
  const judge = (policy: FsyncPolicy, kind: Crash["kind"], one: KeyHistory) =>
    checkRecovered({ policy, kind, crashedAtMs: 6000, keys: [one] })._tag;

  it("accepts the last acknowledged value or a later one", () => {
    for (const value of ["b", "c", "d"]) expect(judge("always", "kill", key(value))).toBe("Holds");
    for (const value of ["a", null]) expect(judge("always", "kill", key(value))).toBe("Broken");
  });

  it("lets everysec lose two seconds to a loss of power", () => {
    expect(judge("everysec", "power", key("a"))).toBe("Holds");
    expect(judge("everysec", "power", key(null))).toBe("Broken");
    expect(judge("everysec", "kill", key("a"))).toBe("Broken");
    expect(judge("no", "power", key(null))).toBe("Holds");
    expect(judge("always", "power", key("a"))).toBe("Broken");
  });

  it("rejects a value that was shown and is unseen", () => {
    const shown = [{ value: "c", atMs: 5500 }];
    expect(judge("always", "power", key("b", shown))).toBe("Broken");
    expect(judge("always", "power", key("c", shown))).toBe("Holds");
    expect(judge("everysec", "power", key("b", shown))).toBe("Holds");
    expect(judge("always", "kill", key("d", [{ value: "?", atMs: 1 }]))).toBe("Broken");
  });

  it("rejects a value that nobody wrote", () => {
    expect(judge("no", "power", key("z"))).toBe("Broken");
  });

  it("knows deletions", () => {
    const writes = [
      { value: "a", acknowledgedAtMs: 1 },
      { value: null, acknowledgedAtMs: 2 },
    ];
    const gone = (recovered: string | null) => ({ key: "k", writes, shown: [], recovered });
    expect(judge("always", "kill", gone(null))).toBe("Holds");
    expect(judge("always", "kill", gone("a"))).toBe("Broken");
  });
});
