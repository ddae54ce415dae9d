import { expect, test } from "vitest";
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

/** What waits in a replica's stream, taken out. */
function take(replica: Replica): string {
  const stream = replica.stream!;
  const taken = latin1(stream.bytes, 0, stream.length);
  stream.sent(true);
  return taken;
}

test("nobody listens until a replica comes, or the next journal does", () => {
  const feed = new ReplicationFeed(journal(false));
  expect(feed.enabled).toBe(false);
  expect(new ReplicationFeed(journal(true)).enabled).toBe(true);
  const replica = new Replica(1);
  feed.attach(replica, []);
  expect(feed.enabled).toBe(true);
  feed.detach(replica);
  expect(feed.enabled).toBe(false);
});

test("every replica gets what is appended from its arrival on, and the next journal everything", () => {
  const next = journal(true);
  const feed = new ReplicationFeed(next);
  const [first, second] = [new Replica(1), new Replica(2)];
  append(feed, "a");
  feed.attach(first, []);
  append(feed, "b");
  feed.attach(second, []);
  append(feed, "c");
  expect([take(first), take(second)]).toEqual(["bc", "c"]);
  feed.detach(first);
  append(feed, "d");
  expect([take(first), take(second)]).toEqual(["", "d"]);
  expect(next.got).toEqual(["a", "b", "c", "d"]);
  expect(feed.offset).toBe(3);
});

test("a PING is sent at whole periods since the start, to replicas only", () => {
  const next = journal(true);
  const feed = new ReplicationFeed(next);
  const replica = new Replica(1);
  feed.tick(3);
  feed.attach(replica, []);
  const sent = [1, 2, 3, 4, 5, 6].map(() => {
    feed.tick(3);
    return take(replica);
  });
  expect(sent).toEqual(["", "", PING, "", "", PING]);
  expect(next.got).toEqual([]);
  expect(feed.offset).toBe(2 * PING.length);
});

test("only replicas whose snapshot has left count as having acknowledged", () => {
  const feed = new ReplicationFeed(journal(false));
  const replica = new Replica(1);
  feed.attach(replica, [Buffer.from("snapshot")]);
  append(feed, "effect");
  expect(replica.hasOutput && !replica.online).toBe(true);
  expect(feed.acknowledgedBy(0)).toBe(0);
  expect(replica.nextPiece()?.toString()).toBe("snapshot");
  expect(replica.online).toBe(true);
  expect([feed.acknowledgedBy(0), feed.acknowledgedBy(6)]).toEqual([1, 0]);
  replica.acknowledgedOffset = 6;
  expect([feed.acknowledgedBy(6), feed.acknowledgedBy(7)]).toEqual([1, 0]);
});

test("output is announced once for what has gathered", () => {
  const feed = new ReplicationFeed(journal(false));
  const [eager, sated] = [new Replica(1), new Replica(2)];
  sated.snapshotOnly = true;
  feed.attach(eager, []);
  feed.attach(sated, []);
  append(feed, "x");
  expect(feed.hasOutput).toBe(true);
  expect(feed.takeOutput()).toEqual([eager]);
  expect(feed.hasOutput).toBe(false);
  feed.requestAcknowledgement();
  expect(feed.hasOutput).toBe(true);
  expect(take(eager)).toBe("x*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");
});
