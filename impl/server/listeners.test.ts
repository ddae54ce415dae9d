import net from "node:net";
import { afterEach, expect, test } from "vitest";
import { encodeRequest } from "../../testing/wire/request.ts";
import { createServer, type Server } from "./create-server.ts";

const cleanUp: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

async function start(): Promise<Server> {
  const server = await createServer();
  cleanUp.push(() => server.close());
  return server;
}

/** A client that says one thing at a time. */
class Client {
  readonly #socket: net.Socket;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    cleanUp.push(() => void socket.destroy());
  }

  ask(...args: readonly string[]): Promise<string> {
    this.#socket.write(encodeRequest(args));
    return new Promise((resolve) => this.#socket.once("data", (data) => resolve(data.toString())));
  }
}

function connect(port: number, host = "127.0.0.1"): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host, () => resolve(new Client(socket)));
    socket.once("error", reject);
  });
}

/** A port that nobody listens on, or with `keep` one that somebody else does. */
function freePort(keep = false): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      if (keep) {
        cleanUp.push(() => new Promise<void>((done) => server.close(() => done())));
        resolve(port);
      } else {
        server.close(() => resolve(port));
      }
    });
  });
}

const refused = (argument: string, reason: string): string =>
  `-ERR CONFIG SET failed (possibly related to argument '${argument}') - ${reason}\r\n`;
const NO_PORT = refused("port", "Unable to listen on this port. Check server logs.");
const NO_BIND = refused("bind", "Failed to bind to specified addresses.");
const NOWHERE = "203.0.113.9";

test("CONFIG SET port moves the listener; open connections stay", async () => {
  const server = await start();
  const [before, wanted] = [server.port, await freePort()];
  const client = await connect(before);
  expect(await client.ask("CONFIG", "SET", "port", `${wanted}`)).toBe("+OK\r\n");
  expect(server.port).toBe(wanted);
  await expect(connect(before)).rejects.toThrow("ECONNREFUSED");
  expect(await (await connect(wanted)).ask("INFO", "server")).toContain(`tcp_port:${wanted}\r\n`);
  expect(await client.ask("PING")).toBe("+PONG\r\n");
});

test("a port that cannot be had is refused, and everything stays as it was", async () => {
  const server = await start();
  const { port } = server;
  const client = await connect(port);
  const taken = await freePort(true);
  expect(await client.ask("CONFIG", "SET", "port", `${taken}`)).toBe(NO_PORT);
  expect(await client.ask("CONFIG", "SET", "timeout", "9", "port", `${taken}`)).toBe(NO_PORT);
  expect(await client.ask("CONFIG", "GET", "timeout")).toContain("$1\r\n0\r\n");
  expect(await client.ask("CONFIG", "GET", "port")).toContain(`\r\n${port}\r\n`);
  expect(await (await connect(port)).ask("PING")).toBe("+PONG\r\n");
});

test("port 0 stops listening, and a port starts it again", async () => {
  const server = await start();
  const before = server.port;
  const client = await connect(before);
  expect(await client.ask("CONFIG", "SET", "port", "0")).toBe("+OK\r\n");
  expect(server.port).toBe(0);
  await expect(connect(before)).rejects.toThrow("ECONNREFUSED");
  expect(await client.ask("CONFIG", "SET", "port", `${before}`)).toBe("+OK\r\n");
  expect(await (await connect(before)).ask("PING")).toBe("+PONG\r\n");
});

test("CONFIG SET bind moves to other addresses, overlapping ones included", async () => {
  const { port } = await start();
  const client = await connect(port);
  await expect(connect(port, "127.0.0.2")).rejects.toThrow("ECONNREFUSED");
  expect(await client.ask("CONFIG", "SET", "bind", "*")).toBe("+OK\r\n");
  expect(await (await connect(port, "127.0.0.2")).ask("PING")).toBe("+PONG\r\n");
  expect(await client.ask("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2")).toBe("+OK\r\n");
  await expect(connect(port, "127.0.0.3")).rejects.toThrow("ECONNREFUSED");
  expect(await (await connect(port, "127.0.0.2")).ask("PING")).toBe("+PONG\r\n");
  expect(await client.ask("CONFIG", "SET", "bind", "localhost")).toBe("+OK\r\n");
  expect(await (await connect(port)).ask("PING")).toBe("+PONG\r\n");
  expect(await client.ask("CONFIG", "SET", "bind", "")).toBe("+OK\r\n");
  await expect(connect(port)).rejects.toThrow("ECONNREFUSED");
});

test("addresses that cannot be had are refused unless they are optional", async () => {
  const { port } = await start();
  const client = await connect(port);
  for (const bind of [NOWHERE, `127.0.0.2 ${NOWHERE}`, "127.0.0.1 127.0.0.1", "no.such.host"]) {
    expect(await client.ask("CONFIG", "SET", "bind", bind)).toBe(NO_BIND);
  }
  expect(await client.ask("CONFIG", "GET", "bind")).toContain("$9\r\n127.0.0.1\r\n");
  expect(await (await connect(port)).ask("PING")).toBe("+PONG\r\n");
  await expect(connect(port, "127.0.0.2")).rejects.toThrow("ECONNREFUSED");
  expect(await client.ask("CONFIG", "SET", "bind", `-${NOWHERE} 127.0.0.2`)).toBe("+OK\r\n");
  expect(await (await connect(port, "127.0.0.2")).ask("PING")).toBe("+PONG\r\n");
});

test("port and bind at once; the refusal names the one that comes first", async () => {
  const { port } = await start();
  const client = await connect(port);
  const [wanted, taken] = [`${await freePort()}`, `${await freePort(true)}`];
  const set = (...pairs: readonly string[]): Promise<string> =>
    client.ask("CONFIG", "SET", ...pairs);
  expect(await set("port", taken, "bind", "127.0.0.1")).toBe(NO_PORT);
  expect(await set("port", wanted, "bind", NOWHERE)).toBe(NO_PORT);
  expect(await set("bind", NOWHERE, "port", wanted)).toBe(NO_BIND);
  expect(await (await connect(port)).ask("PING")).toBe("+PONG\r\n");
  expect(await set("bind", "127.0.0.2", "port", wanted)).toBe("+OK\r\n");
  expect(await (await connect(Number(wanted), "127.0.0.2")).ask("PING")).toBe("+PONG\r\n");
  await expect(connect(port)).rejects.toThrow("ECONNREFUSED");
});

test("sockets that cannot be moved say so", async () => {
  const client = await connect((await start()).port);
  expect(await client.ask("CONFIG", "SET", "unixsocket", "/tmp/x")).toBe(
    refused("unixsocket", "can't set immutable config"),
  );
  expect(await client.ask("CONFIG", "SET", "tls-port", "7001")).toBe(
    refused("tls-port", "Unable to update TLS configuration. Check server logs."),
  );
});
