import { afterAll, beforeAll, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { testInstance } from "../../testing/instance.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { commands } from "../commands/index.ts";
import { readLibraries } from "./libraries.ts";
import { sealPayload } from "./payload.ts";

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

const CODES = [
  "#!lua name=short\nredis.register_function('f',function() return 1 end)",
  `#!lua name=long\nlocal text = '${"abc".repeat(50_000)}'\nredis.register_function('g',function() return #text end)`,
  "#!LUA name=binary\nredis.register_function('h',function() return '\xff\xfe\\r\\n' end)",
];

test("libraries go from here to Redis and back", async () => {
  const ours = testInstance(commands);
  for (const code of CODES) expect(ours.send("FUNCTION", "LOAD", code)).toMatch(/^\$/);
  const payload = bulk(ours.run("function dump"));
  expect(await ask(client, "FUNCTION", "RESTORE", payload, "FLUSH")).toBe("+OK\r\n");
  for (const name of ["f", "g", "h"]) {
    expect(await ask(client, "FCALL", name, "0")).toBe(ours.run(`fcall ${name} 0`));
  }
  const theirs = bulk(await ask(client, "FUNCTION", "DUMP"));
  const again = testInstance(commands);
  expect(again.send("FUNCTION", "RESTORE", theirs)).toBe("+OK\r\n");
  for (const name of ["short", "long", "binary"]) {
    const list = ["FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE"];
    const listed = ours.send(...list);
    expect(again.send(...list)).toBe(listed);
    expect(await ask(client, ...list)).toBe(listed);
  }
});

test("a payload of a release candidate is read as Redis reads it", async () => {
  const string = (text: string) => Buffer.from(`${String.fromCharCode(text.length)}${text}`);
  const body = "redis.register_function('old', function() return 'hi' end)";
  const parts = [Buffer.from([0xf6]), string("aged"), string("LUA"), Buffer.from([1]), string("d")];
  const payload = Buffer.from(sealPayload(Buffer.concat([...parts, string(body)])));
  const ours = testInstance(commands);
  expect(ours.send("FUNCTION", "RESTORE", payload.toString("latin1"))).toBe("+OK\r\n");
  const text = payload.toString("latin1");
  expect(await ask(client, "FUNCTION", "RESTORE", text, "FLUSH")).toBe("+OK\r\n");
  expect(ours.run("function list withcode")).toBe(
    await ask(client, "FUNCTION", "LIST", "WITHCODE"),
  );
  expect(ours.run("fcall old 0")).toBe("$2\r\nhi\r\n");
});

test.each([
  ["f5", "Failed loading library payload"],
  ["f5c3", "Failed loading library payload"],
  ["f53f", "Failed loading library payload"],
  ["00", "given type is not a function"],
])("the payload %s is refused as Redis refuses it", async (hexadecimal, error) => {
  const payload = Buffer.from(sealPayload(Buffer.from(hexadecimal, "hex")));
  expect(readLibraries(payload, 0, payload.length)).toBe(error);
  expect(await ask(client, "FUNCTION", "RESTORE", payload.toString("latin1"))).toBe(
    `-ERR ${error}\r\n`,
  );
});
