import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { encodeRequest } from "../../testing/wire/request.ts";
import { startTarget, stopTargets, type Target, until } from "./target.ts";

/** What a client can do to a server below the level of any library. */

const MEGABYTE = 1024 * 1024;

let target: Target;
let control: WireClient;
const sockets: net.Socket[] = [];

async function start(directives: Readonly<Record<string, string>> = {}): Promise<void> {
  target = await startTarget(directives);
  control = await connectClient(target.port);
}

beforeEach(() => start());

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  control.close();
  await stopTargets();
});

/** A socket that stays open on its side whatever the server does. */
async function open(): Promise<net.Socket> {
  const socket = net.connect({ port: target.port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** Everything that the server sends until it ends the connection. */
async function untilEnd(socket: net.Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await new Promise((resolve) => socket.once("end", resolve));
  return text;
}

async function connections(): Promise<number> {
  const list = await ask(control, "CLIENT", "LIST");
  return list.split("\n").filter((line) => line.includes("id=")).length;
}

/** A field of the connection called `name` in CLIENT LIST; undefined if there is none. */
async function field(name: string, key: string): Promise<number | undefined> {
  const list = await ask(control, "CLIENT", "LIST");
  const line = list.split("\n").find((one) => one.includes(` name=${name} `));
  const value = line === undefined ? undefined : new RegExp(` ${key}=(\\d+)`).exec(line)?.[1];
  return value === undefined ? undefined : Number(value);
}

async function queryBuffer(name: string): Promise<number | undefined> {
  const taken = await field(name, "qbuf");
  const free = await field(name, "qbuf-free");
  return taken === undefined || free === undefined ? undefined : taken + free;
}

describe("malformed input", () => {
  test.each([
    ["*1\r\nfoo\r\n", "expected '$', got 'f'"],
    ["*1\r\n\r\r\n", "expected '$', got ' '"],
    ["*2147483648\r\n", "invalid multibulk length"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ['"open\r\n', "unbalanced quotes in request"],
  ])("%j gets Redis' error after the replies before it, and the end", async (input, reason) => {
    const socket = await open();
    socket.write(`PING\r\n*0\r\n${input}PING\r\n`);
    expect(await untilEnd(socket)).toBe(`+PONG\r\n-ERR Protocol error: ${reason}\r\n`);
  });

  test("the connection is gone even if the client keeps its side open", async () => {
    const socket = await open();
    socket.write("*1\r\nfoo\r\n");
    await untilEnd(socket);
    await until("only the control connection is left", async () => (await connections()) === 1);
  });

  test("a client that goes on sending nonsense is cut off", async () => {
    const socket = await open();
    socket.write("\0");
    let broken = false;
    socket.on("close", () => {
      broken = true;
    });
    socket.resume();
    await until("writes fail", () => {
      socket.write("A".repeat(1024));
      return broken;
    });
  });

  test("QUIT is answered, and nothing after it", async () => {
    const socket = await open();
    socket.write("PING\r\nQUIT\r\nPING\r\n");
    expect(await untilEnd(socket)).toBe("+PONG\r\n+OK\r\n");
    await until("only the control connection is left", async () => (await connections()) === 1);
  });
});

describe("requests of any size, cut anywhere", () => {
  test("byte by byte", async () => {
    const client = await connectClient(target.port);
    for (const byte of encodeRequest(["SET", "k", "va\r\nlue"])) {
      client.sendRaw(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect((await client.receive(1)).replies.toString()).toBe("+OK\r\n");
    expect(await ask(client, "GET", "k")).toBe("$7\r\nva\r\nlue\r\n");
    client.close();
  });

  test("16 MB", { timeout: 30_000 }, async () => {
    const value = "0123456789abcdef".repeat(MEGABYTE);
    expect(await ask(control, "SET", "big", value)).toBe("+OK\r\n");
    expect(await ask(control, "STRLEN", "big")).toBe(`:${value.length}\r\n`);
    expect(await ask(control, "GETRANGE", "big", "-20", "-1")).toBe(
      `$20\r\n${value.slice(-20)}\r\n`,
    );
    const reply = await ask(control, "GET", "big");
    expect(reply === `$${value.length}\r\n${value}\r\n`).toBe(true);
  });

  test("10,000 requests in one write are answered in order", async () => {
    const client = await connectClient(target.port);
    const count = 10_000;
    client.sendRaw(
      Buffer.concat(Array.from({ length: count }, () => encodeRequest(["INCR", "n"]))),
    );
    const { replies } = await client.receive(count);
    expect(replies.map(String)).toEqual(Array.from({ length: count }, (_, i) => `:${i + 1}\r\n`));
    client.close();
  });

  test("a request of 100,000 arguments", async () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
    expect(await ask(control, "EXISTS", ...keys)).toBe(":0\r\n");
  });
});

describe("the query buffer", () => {
  test("is counted while active and given back when idle", async () => {
    const client = await connectClient(target.port);
    await ask(client, "CLIENT", "SETNAME", "it");
    const active = (await queryBuffer("it")) ?? 0;
    expect(active).toBeGreaterThanOrEqual(16_384);
    expect(active).toBeLessThan(32_768);
    await until("it is given back", async () => (await queryBuffer("it")) === 0, 6000);
    client.close();
  }, 10_000);

  test("is counted while a request is incomplete", async () => {
    const client = await connectClient(target.port);
    await ask(client, "CLIENT", "SETNAME", "it");
    client.sendRaw(Buffer.from("*2\r\n$3\r\nGET\r\n$10\r\nabc"));
    await until("three bytes wait", async () => (await field("it", "qbuf")) === 3);
    client.close();
  });

  test("shows the request that asks", async () => {
    const client = await connectClient(target.port);
    const info = await ask(client, "CLIENT", "INFO");
    expect(info).toContain(` qbuf=${encodeRequest(["CLIENT", "INFO"]).length} `);
    client.close();
  });

  test("shrinks after a large request", async () => {
    const client = await connectClient(target.port);
    await ask(client, "CLIENT", "SETNAME", "it");
    // The memory of one long value may become that value; that of many arguments stays a buffer.
    await ask(client, "DEL", ...Array.from({ length: 40_000 }, (_, i) => `key${i}`));
    const large = (await queryBuffer("it")) ?? 0;
    expect(large).toBeGreaterThan(32_768);
    await until("it shrinks", async () => {
      await ask(client, "SET", "x", "small");
      return ((await queryBuffer("it")) ?? 0) < large;
    });
    expect(await queryBuffer("it")).toBeGreaterThan(0);
    client.close();
  });

  test("a client beyond client-query-buffer-limit is cut off", async () => {
    control.close();
    await target.stop();
    await start({ "client-query-buffer-limit": "1mb" });
    const within = await connectClient(target.port);
    const value = "v".repeat(MEGABYTE - 70_000);
    expect(await ask(within, "MSET", "a", value, "b", value)).toBe("+OK\r\n");
    within.close();
    const beyond = await connectClient(target.port);
    beyond.sendRaw(encodeRequest(["SET", "a", "v".repeat(2 * MEGABYTE)]));
    expect(await beyond.waitForClose()).toBe(true);
    expect(beyond.waitingReplies).toBe(0);
  });
});

describe("before authentication", () => {
  beforeEach(async () => {
    control.close();
    await target.stop();
    await start({ requirepass: "secret" });
  });

  test.each([
    ["*11\r\n", "unauthenticated multibulk length"],
    ["*2\r\n$3\r\nGET\r\n$16385\r\n", "unauthenticated bulk length"],
  ])("%j is refused", async (input, reason) => {
    const socket = await open();
    socket.write(input);
    expect(await untilEnd(socket)).toBe(`-ERR Protocol error: ${reason}\r\n`);
  });

  test("AUTH in the same write lifts the limits", async () => {
    const client = await connectClient(target.port);
    const big = "v".repeat(20_000);
    client.sendRaw(
      Buffer.concat([
        encodeRequest(["GET", "k"]),
        encodeRequest(["AUTH", "secret"]),
        encodeRequest(["SET", "k", big]),
        encodeRequest(["EXISTS", ...Array.from({ length: 20 }, () => "k")]),
      ]),
    );
    expect((await client.receive(4)).replies.map(String)).toEqual([
      "-NOAUTH Authentication required.\r\n",
      "+OK\r\n",
      "+OK\r\n",
      ":20\r\n",
    ]);
    client.close();
  });
});

describe("limits of connections", () => {
  test("maxclients refuses one more, and takes it when another has gone", async () => {
    control.close();
    await target.stop();
    await start({ maxclients: "3" });
    const others = [await connectClient(target.port), await connectClient(target.port)];
    for (const one of others) expect(await ask(one, "PING")).toBe("+PONG\r\n");
    expect(await untilEnd(await open())).toBe("-ERR max number of clients reached\r\n");
    others[0]!.close();
    await until("there is room again", async () => {
      const client = await connectClient(target.port);
      client.send(["PING"]);
      const { replies } = await client.receive(1);
      client.close();
      return replies.toString() === "+PONG\r\n";
    });
    others[1]!.close();
  });

  test("a client that reads nothing is cut off at client-output-buffer-limit", async () => {
    await ask(control, "CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
    await ask(control, "SET", "v", "v".repeat(MEGABYTE / 4));
    const socket = await open();
    socket.pause();
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    await until(
      "it is cut off",
      async () => {
        if (!socket.destroyed) socket.write("GET v\r\n".repeat(20));
        return closed || (await connections()) === 1;
      },
      10_000,
    );
    expect(await ask(control, "PING")).toBe("+PONG\r\n");
  }, 15_000);
});
