import { expect, test } from "vitest";
import { type Gate, OPEN_GATE } from "../gate/gate.ts";
import { Outbox } from "../gate/outbox.ts";
import type { Journal } from "../ports/journal.ts";
import { latin1 } from "../resp/request.ts";
import { ReplicationFeed } from "./feed.ts";
import { Replica } from "./replica.ts";

const PING = "*1\r\n$4\r\nPING\r\n";

/** A journal that may want the effects. */
function journal(enabled: boolean): Journal & { readonly got: string[] } {
  const got: string[] = [];
  const append = (bytes: Uint8Array, start: number, length: number): void => {
    got.push(latin1(bytes, start, length));
  };
  return { enabled, got, append, settle: () => {} };
}

function append(feed: ReplicationFeed, effect: string): void {
  feed.append(Buffer.from(`before${effect}beyond`), "before".length, effect.length, false);
}

/** A replica, and what leaves to it. */
function follower(snapshotOnly = false): { replica: Replica; outbox: Outbox } {
  const replica = new Replica(1);
  replica.snapshotOnly = snapshotOnly;
  return { replica, outbox: new Outbox() };
}

/** What may leave of a replica's stream, taken out. */
function take(outbox: Outbox, gate: Gate = OPEN_GATE): string {
  const length = outbox.passable(gate);
  const taken = latin1(outbox.writer.bytes, 0, length);
  outbox.sent(length, true);
  return taken;
}

test("nobody listens until a replica comes, or the next journal does", () => {
  const feed = new ReplicationFeed(journal(false));
  expect(feed.enabled).toBe(false);
  expect(new ReplicationFeed(journal(true)).enabled).toBe(true);
  const { replica, outbox } = follower();
  feed.attach(replica, outbox, []);
  expect(feed.enabled).toBe(true);
  feed.detach(replica);
  expect(feed.enabled).toBe(false);
});

test("every replica gets what is appended from its arrival on, and the next journal everything", () => {
  const next = journal(true);
  const feed = new ReplicationFeed(next);
  const [first, second] = [follower(), follower()];
  append(feed, "a");
  feed.attach(first.replica, first.outbox, []);
  append(feed, "b");
  feed.attach(second.replica, second.outbox, []);
  append(feed, "c");
  feed.verifyInvariants();
  expect([take(first.outbox), take(second.outbox)]).toEqual(["bc", "c"]);
  feed.detach(first.replica);
  append(feed, "d");
  expect([take(first.outbox), take(second.outbox)]).toEqual(["", "d"]);
  expect(next.got).toEqual(["a", "b", "c", "d"]);
  expect(feed.offset).toBe(3);
});

test("a PING is sent at whole periods since the start, to replicas only", () => {
  const next = journal(true);
  const feed = new ReplicationFeed(next);
  const { replica, outbox } = follower();
  feed.tick(3);
  feed.attach(replica, outbox, []);
  const sent = [1, 2, 3, 4, 5, 6].map(() => {
    feed.tick(3);
    return take(outbox);
  });
  expect(sent).toEqual(["", "", PING, "", "", PING]);
  expect(next.got).toEqual([]);
  expect(feed.offset).toBe(2 * PING.length);
});

test("only replicas whose snapshot has left count as having acknowledged", () => {
  const feed = new ReplicationFeed(journal(false));
  const { replica, outbox } = follower();
  feed.attach(replica, outbox, [Buffer.from("snapshot")]);
  append(feed, "effect");
  expect(replica.hasOutput && !replica.online).toBe(true);
  expect(feed.acknowledgedBy(0)).toBe(0);
  expect(Buffer.from(outbox.takeLead(OPEN_GATE)!).toString()).toBe("snapshot");
  expect(replica.online).toBe(true);
  expect([feed.acknowledgedBy(0), feed.acknowledgedBy(6)]).toEqual([1, 0]);
  replica.acknowledgedOffset = 6;
  expect([feed.acknowledgedBy(6), feed.acknowledgedBy(7)]).toEqual([1, 0]);
});

test("output is announced once for what has gathered", () => {
  const feed = new ReplicationFeed(journal(false));
  const [eager, sated] = [follower(), follower(true)];
  feed.attach(eager.replica, eager.outbox, []);
  feed.attach(sated.replica, sated.outbox, []);
  append(feed, "x");
  expect(feed.hasOutput).toBe(true);
  expect(feed.takeOutput()).toEqual([eager.replica]);
  expect(feed.hasOutput).toBe(false);
  feed.requestAcknowledgement();
  expect(feed.hasOutput).toBe(true);
  expect(take(eager.outbox)).toBe("x*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");
});

test("snapshot and stream leave when the gate has reached what they tell of", () => {
  const log = { end: 3, written: 2, gate: 2, isUp: true };
  const feed = new ReplicationFeed(journal(true));
  feed.gate = log;
  const { replica, outbox } = follower();
  feed.attach(replica, outbox, [Buffer.from("snapshot")]);
  expect(outbox.takeLead(log)).toBe(null);
  log.end = 4;
  append(feed, "four");
  log.gate = log.written = 3;
  expect(outbox.takeLead(log)?.length).toBe("snapshot".length);
  expect(take(outbox, log)).toBe("");
  log.end = 5;
  append(feed, "five");
  log.gate = log.written = 4;
  expect(take(outbox, log)).toBe("");
  log.gate = log.written = 5;
  expect(take(outbox, log)).toBe("fourfive");
  feed.verifyInvariants();
});
