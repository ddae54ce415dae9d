import { expect, test } from "vitest";
import { testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { Config } from "../config/config.ts";
import { Keyspace, kindOf, ROOTED } from "../engine/keyspace.ts";
import { Chains } from "../engine/testing.ts";
import { followLimits } from "./limits.ts";
import { ServerCore } from "./server-core.ts";

/** A server whose first database has owners of rooted values, and how often it asked to be woken. */
function start(): { core: ServerCore; keyspace: Keyspace; wakes: () => number } {
  const config = new Config();
  const { instance } = testInstance(commands, config);
  const { limits, parserLimits } = followLimits(config);
  const log = { warn: () => {}, notice: () => {}, verbose: () => {} };
  let wakes = 0;
  const core = new ServerCore(instance, limits, parserLimits, log, () => wakes++);
  const keyspace = new Keyspace({ hashKey: [1, 2], rooted: (arena) => new Chains(arena) });
  instance.data.databases[0] = keyspace;
  return { core, keyspace, wakes: () => wakes };
}

function addChain(keyspace: Keyspace, key: string, count: number): void {
  const parts = Array.from({ length: count }, () => Buffer.from("some bytes"));
  const root = (keyspace.rooted as Chains).make(parts);
  const bytes = Buffer.from(key);
  keyspace.setRoot(bytes, 0, bytes.length, root, kindOf(5, ROOTED), false);
}

function remove(keyspace: Keyspace, key: string): void {
  keyspace.remove(keyspace.find(Buffer.from(key), 0, key.length));
}

test("what a removed value leaves is freed over loop turns that follow one another", () => {
  const { core, keyspace, wakes } = start();
  const before = keyspace.arena.liveBytes;
  addChain(keyspace, "large", 5000);
  remove(keyspace, "large");
  let turns = 0;
  core.flush();
  for (let seen = 0; wakes() > seen; turns++) {
    seen = wakes();
    keyspace.verifyInvariants();
    core.flush();
  }
  expect(turns).toBeGreaterThan(5);
  expect(turns).toBeLessThan(20);
  expect([keyspace.detachedCount, keyspace.arena.liveBytes]).toEqual([0, before]);
  core.flush();
  expect(wakes()).toBe(turns);
});

test("without a loop turn the clock's tick begins", () => {
  const { core, keyspace, wakes } = start();
  addChain(keyspace, "large", 2000);
  remove(keyspace, "large");
  expect(wakes()).toBe(0);
  core.tick();
  expect(wakes()).toBe(1);
});

test("a server that stops leaves it", () => {
  const { core, keyspace, wakes } = start();
  addChain(keyspace, "large", 2000);
  core.stop();
  remove(keyspace, "large");
  core.flush();
  core.tick();
  expect([keyspace.detachedCount, wakes()]).toEqual([1, 0]);
});
