import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../../refinement/oracle/redis.ts";
import { testInstance } from "../../../testing/instance.ts";
import { ask, connectClient, type WireClient } from "../../../testing/wire/client.ts";
import { isSound, sealPayload } from "../../rdb/payload.ts";
import { commands } from "../index.ts";

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

/** The bytes of a bulk reply. */
function bulk(reply: string): string {
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

const sealed = (hexadecimal: string): string =>
  Buffer.from(sealPayload(Buffer.from(hexadecimal, "hex"))).toString("latin1");

describe.each([
  ...["", "text", "12", "-300", "70000", "9223372036854775807", "\xff\0"],
  ..."abc".repeat(200).match(/.{60}/g)!.slice(0, 1),
  "a".repeat(100_000),
])("a string that begins %.20s", (value) => {
  test("goes from here to Redis and back", async () => {
    const ours = testInstance(commands);
    ours.send("set", "k", value);
    const payload = bulk(ours.run("dump k"));
    await ask(client, "DEL", "k");
    expect(await ask(client, "RESTORE", "k", "0", payload)).toBe("+OK\r\n");
    expect(bulk(await ask(client, "GET", "k"))).toBe(value);
    const theirs = bulk(await ask(client, "DUMP", "k"));
    expect(ours.send("restore", "l", "0", theirs)).toBe("+OK\r\n");
    expect(bulk(ours.run("get l"))).toBe(value);
  });
});

test("a payload of which any bit has turned over is refused", () => {
  const payload = sealPayload(Buffer.from("0004746578740a", "hex"));
  expect(isSound(payload, 0, payload.length)).toBe(true);
  for (let bit = 0; bit < payload.length * 8; bit++) {
    payload[bit >> 3]! ^= 1 << (bit & 7);
    expect(isSound(payload, 0, payload.length)).toBe(false);
    payload[bit >> 3]! ^= 1 << (bit & 7);
  }
  for (let length = 0; length < payload.length; length++) {
    expect(isSound(payload, 0, length)).toBe(false);
  }
});

describe("RESTORE", () => {
  const text = sealed("000474657874");

  test("of a damaged value changes nothing", () => {
    const ours = testInstance(commands);
    ours.run("set k before");
    ours.effects();
    for (const damaged of ["ff00", "003f74", "00c3", "00", ""].map(sealed)) {
      expect(ours.send("restore", "k", "0", damaged, "replace")).toBe("-ERR Bad data format\r\n");
    }
    expect(ours.run("get k")).toBe("$6\r\nbefore\r\n");
    expect(ours.effects()).toEqual([]);
  });

  test("names the moment in its effect, keeps its options, and tells an event", () => {
    const ours = testInstance(commands);
    ours.send("restore", "k", "1000", text, "idletime", "3");
    const [, effect] = ours.effects();
    expect(effect).toMatch(/^restore k 1700000001000 .* idletime 3 ABSTTL$/);
    expect(ours.run("object idletime k")).toBe(":3\r\n");
    expect(ours.run("pttl k")).toBe(":1000\r\n");
    expect(ours.send("restore", "k", "0", text)).toMatch(/^-BUSYKEY /);
    ours.send("restore", "k", "0", text, "replace");
    expect(ours.run("pttl k")).toBe(":-1\r\n");
  });

  test("of a key that is dead at once removes what was there, and is else no change", () => {
    const ours = testInstance(commands);
    expect(ours.send("restore", "k", "1", text, "absttl")).toBe("+OK\r\n");
    expect(ours.effects()).toEqual([]);
    ours.run("set k 1");
    ours.effects();
    expect(ours.send("restore", "k", "1", text, "absttl", "replace")).toBe("+OK\r\n");
    expect(ours.effects()).toEqual(["DEL k"]);
    expect(ours.run("exists k")).toBe(":0\r\n");
  });

  test("under LFU takes the counter", () => {
    const ours = testInstance(commands);
    ours.run("config set maxmemory-policy allkeys-lfu");
    ours.send("restore", "k", "0", text, "freq", "77");
    expect(ours.run("object freq k")).toBe(":77\r\n");
  });
});
