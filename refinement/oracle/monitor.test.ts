/**
 * MONITOR beside redis-server: the same conversations of several clients are held with both, and
 * after each line every client must have been sent the same bytes, but for times and ports.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/create-server.ts";
import { ask, connectClient } from "../../testing/wire/client.ts";
import { requestText } from "../../testing/wire/request.ts";
import { Side } from "./conversation.ts";
import { type RedisServer, startRedis } from "./redis.ts";

/** What is said, by whom: see `Side`. */
const CONVERSATIONS: Readonly<Record<string, readonly string[]>> = {
  "commands are shown when they have run, and refused ones never": [
    "0 monitor",
    "1 set a 1",
    "1 gEt a",
    "1 incrby n 5",
    "1 set n 0005",
    "1 select 3",
    "1 nonesuch",
    "1 get",
    "1 lpush a x",
    "1 lpush l x",
    "1 get l",
    "1 config get maxmemory",
    "1 client getname",
    "1 client list id 9999",
    "1 slowlog reset",
    "1 object encoding l",
    "1 swapdb 0 3",
    "1 flushall",
    "0 info nonesuch",
  ],
  "bytes are quoted": ["1 ping", "0 monitor", "1 ping \"\x01\xff\\\n\r\t\x07\b\x7f'", "1 ping "],
  "passwords are not shown": [
    "0 monitor",
    "1 auth secret",
    "1 auth user secret",
    "1 hello 3 auth user secret",
    "1 hello 3 auth default secret setname x",
    "1 hello 2 setname y nonsense auth user secret",
    "1 migrate 127.0.0.1 1 k 0 10 auth secret",
    "1 migrate 127.0.0.1 1 k 0 10 copy auth2 user secret",
  ],
  "a transaction is shown as it runs, and EXEC behind it": [
    "0 monitor",
    "1 multi",
    "1 set a 1",
    "1 ping",
    "1 exec",
    "1 multi",
    "1 ping",
    "1 discard",
    "1 watch a",
    "2 set a 2",
    "1 multi",
    "1 ping",
    "1 exec",
    "1 multi",
    "1 nonesuch",
    "1 exec",
    "1 exec",
    "1 multi",
    "1 monitor",
    "1 exec",
    "1 ping",
  ],
  "a script is shown before what it does": [
    "0 monitor",
    "1 eval return(redis.call('set',KEYS[1],ARGV[1])) 1 a x",
    "1 evalsha short 0",
    "1 evalsha aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0",
    "1 eval return(redis.call('monitor')) 0",
    "1 eval_ro return(redis.call('get','a')) 0",
    "1 select 2",
    "1 eval return(redis.pcall('select',5)) 0",
    "1 eval return(redis.pcall('config','get','a')) 0",
    "1 eval return(redis.pcall('nonesuch')) 0",
    "1 eval syntax( 0",
    "1 eval return(1) -1",
    "1 script load return(1)",
    "1 multi",
    "1 eval return(redis.call('ping')) 0",
    "1 exec",
  ],
  "what waits is shown once": [
    "0 monitor",
    "1 blpop l 0",
    "2 rpush l a",
    "1 blmove l m left right 0",
    "2 multi",
    "2 rpush l a",
    "2 exec",
    "2 client pause 100000 write",
    "2 set a 1",
    "3 client unpause",
  ],
  "a monitor may not touch the keyspace": [
    "0 monitor",
    "0 get a",
    "0 set a 1",
    "0 publish a b",
    "0 eval return(1) 0",
    "0 monitor",
    "0 sync",
    "0 psync ? -1",
    "0 ping",
    "0 multi",
    "0 ping",
    "0 exec",
    "0 multi",
    "0 get a",
    "0 ping",
    "0 exec",
  ],
  "a monitor listens to channels as well, in either protocol": [
    "0 hello 3",
    "0 monitor",
    "1 monitor",
    "1 subscribe a",
    "0 subscribe a",
    "2 publish a x",
    "1 get a",
    "0 get a",
    "1 ping",
    "2 client kill type pubsub",
    "2 ping",
  ],
  silence: [
    "0 monitor",
    "1 client reply off",
    "1 ping",
    "0 client reply off",
    "1 ping",
    "0 ping",
    "0 client reply on",
    "1 ping",
    "0 client reply skip",
    "1 ping",
    "0 ping",
    "1 ping",
  ],
  "the ends of a monitor": [
    "0 monitor",
    "1 monitor",
    "2 monitor",
    "3 ping",
    "0 reset",
    "0 ping",
    "0 get a",
    "0 client getname",
    "1 quit",
    "3 ping",
    "2x",
    "3 ping",
    "0 monitor",
    "3 ping",
  ],
};

/**
 * Lines without their times and ports, and without what asks whether everything has come: by chance it
 * is seen with this line or with the next, so that whoever has seen nothing else has seen nothing.
 */
function plain(heard: string): string {
  const [line, sent = ""] = heard.split(" => ");
  const parts = sent.split(" | ").map((part) =>
    part
      .replace(/\+\d{10}\.\d{6} \[/g, "+(time) [")
      .replace(/127\.0\.0\.1:\d+\]/g, "(address)]")
      .replace(/\+\(time\) \[0 \(address\)\] "PING" /g, ""),
  );
  return `${line} => ${parts.filter((part) => !/^(?:\d: )?$/.test(part)).join(" | ")}`;
}

let folder: string;
let redis: RedisServer;
let veridis: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "veridis-monitor-"));
  redis = await startRedis(["--unixsocket", join(folder, "redis")]);
  veridis = await createServer({ config: { unixsocket: join(folder, "veridis") } });
});

afterAll(async () => {
  await veridis?.close();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each(Object.entries(CONVERSATIONS))("%s", async (_, lines) => {
  const [theirs, ours] = [await Side.open(redis.port), await Side.open(veridis.port)];
  const wanted = (await theirs.converse(lines)).map(plain);
  expect((await ours.converse(lines)).map(plain)).toEqual(wanted);
  theirs.close();
  ours.close();
});

test("who comes by a Unix socket is shown with its path, and the time is the time", async () => {
  const shown: string[] = [];
  for (const [name, port] of [
    ["redis", redis.port],
    ["veridis", veridis.port],
  ] as const) {
    const monitor = await connectClient(port);
    await ask(monitor, "MONITOR");
    const client = connect(join(folder, name));
    const beforeUs = Date.now() * 1000;
    client.write(requestText("ECHO", "a"));
    const line = (await monitor.receive(1)).replies[0]!.toString("latin1");
    const [seconds, us] = /^\+(\d+)\.(\d{6}) /.exec(line)!.slice(1).map(Number);
    const atUs = seconds! * 1_000_000 + us!;
    expect(atUs).toBeGreaterThanOrEqual(beforeUs);
    expect(atUs).toBeLessThanOrEqual((Date.now() + 1) * 1000);
    shown.push(line.replace(/^\S+ /, "").replace(join(folder, name), "(path)"));
    client.destroy();
    monitor.close();
  }
  expect(shown).toEqual(['[0 unix:(path)] "ECHO" "a"\r\n', '[0 unix:(path)] "ECHO" "a"\r\n']);
});
