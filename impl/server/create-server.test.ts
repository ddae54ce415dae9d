import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createServer, type Server, type ServerOptions } from "./create-server.ts";
import { VERSION } from "./version.ts";

const open: Server[] = [];

async function start(options?: ServerOptions): Promise<Server> {
  const server = await createServer(options);
  open.push(server);
  return server;
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** Sends `text`, ends, and returns everything that comes back. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
    let reply = "";
    socket.on("data", (chunk) => {
      reply += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(reply));
    // A reset is one way to be closed.
    socket.on("error", () => {});
  });
}

test("the version is the package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSION).toBe(manifest.version);
});

test("several servers live in one process, each with its own keys", async () => {
  const [a, b] = [await start(), await start({ port: 0 })];
  expect(a.port).not.toBe(b.port);
  expect(await talk(a.port, "SET k 1\r\nGET k\r\nQUIT\r\n")).toBe("+OK\r\n$1\r\n1\r\n+OK\r\n");
  expect(await talk(b.port, "GET k\r\nQUIT\r\n")).toBe("$-1\r\n+OK\r\n");
});

test("close ends connections and frees the port", async () => {
  const server = await createServer();
  const closed = new Promise((resolve) => {
    const socket = net.connect(server.port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", () => void server.close());
    socket.once("close", resolve);
  });
  await closed;
  await server.close();
  const again = await start({ port: server.port });
  expect(again.port).toBe(server.port);
});

test("a port in use is an error that names it", async () => {
  const server = await start();
  await expect(createServer({ port: server.port })).rejects.toThrow(
    `Failed listening on port ${server.port}`,
  );
});

test("directives apply; wrong ones are refused by name", async () => {
  const server = await start({ config: { requirepass: "secret", databases: "2" } });
  expect(await talk(server.port, "GET k\r\nAUTH secret\r\nSELECT 2\r\nQUIT\r\n")).toBe(
    "-NOAUTH Authentication required.\r\n+OK\r\n-ERR DB index is out of range\r\n+OK\r\n",
  );
  await expect(createServer({ config: { nonsense: "1" } })).rejects.toThrow(
    "no directive 'nonsense'",
  );
  await expect(createServer({ config: { databases: "x" } })).rejects.toThrow("'databases'");
});

test("an option that there is not is refused, and a directive among them shown its place", async () => {
  const untyped: (options: object) => Promise<Server> = createServer;
  await expect(untyped({ colour: 1 })).rejects.toThrow("there is no option 'colour'");
  const misplaced = untyped({ dir: "/tmp" });
  await expect(misplaced).rejects.toThrow("no option 'dir'; directives stand in `config`");
});

test("a malformed request gets Redis' protocol error and a closed connection", async () => {
  const server = await start();
  expect(await talk(server.port, "*1\r\n+PING\r\n")).toBe(
    "-ERR Protocol error: expected '$', got '+'\r\n",
  );
  expect(await talk(server.port, "PING\r\nQUIT\r\n")).toBe("+PONG\r\n+OK\r\n");
});

test("beyond maxclients a client is refused", async () => {
  const server = await start({ config: { maxclients: "1" } });
  const socket = net.connect(server.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  await new Promise<void>((resolve) => {
    socket.write("PING\r\n");
    socket.once("data", () => resolve());
  });
  expect(await talk(server.port, "QUIT\r\n")).toBe("-ERR max number of clients reached\r\n");
  socket.destroy();
});

test("a client over its query buffer limit is closed", async () => {
  const server = await start({ config: { "client-query-buffer-limit": "1mb" } });
  const reply = await talk(
    server.port,
    `*2\r\n$4\r\nECHO\r\n$${8 << 20}\r\n${"x".repeat(3 << 20)}`,
  );
  expect(reply).toBe("");
  expect(await talk(server.port, "PING\r\nQUIT\r\n")).toBe("+PONG\r\n+OK\r\n");
});

test("a client that does not read is closed at the output buffer limit", async () => {
  const server = await start({
    config: { "client-output-buffer-limit": "normal 8mb 0 0" },
  });
  const big = 4 << 20;
  expect(
    await talk(
      server.port,
      `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${big}\r\n${"x".repeat(big)}\r\nQUIT\r\n`,
    ),
  ).toBe("+OK\r\n+OK\r\n");
  const socket = net.connect(server.port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET k\r\n".repeat(100));
  setTimeout(() => socket.resume(), 300);
  await closed;
  expect(socket.bytesRead).toBeLessThan(100 * big);
  expect(await talk(server.port, "PING\r\nQUIT\r\n")).toBe("+PONG\r\n+OK\r\n");
});

test("a client that reads late gets all replies, while the server bounds what it holds", async () => {
  const server = await start();
  const big = 1 << 20;
  await talk(
    server.port,
    `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${big}\r\n${"x".repeat(big)}\r\nQUIT\r\n`,
  );
  const socket = net.connect(server.port, "127.0.0.1");
  socket.pause();
  socket.write("GET k\r\n".repeat(200));
  setTimeout(() => socket.resume(), 200);
  let received = 0;
  const total = 200 * (big + `$${big}\r\n\r\n`.length);
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      received += chunk.length;
      if (received === total) resolve();
    });
  });
  socket.destroy();
});

/** A server that has not given up by then does not. */
const GIVES_UP_WITHIN_MS = 5000;

/** Runs with a data directory that is gone afterwards. */
async function inDirectory(run: (dir: string, config: Config) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "veridis-dir-"));
  try {
    await run(dir, { dir, appendonly: "yes" });
  } finally {
    await Promise.allSettled(open.splice(0).map((server) => server.close()));
    rmSync(dir, { recursive: true });
  }
}

type Config = Readonly<Record<string, string>>;

test("a second server on a directory is refused, and gets it once the first is closed", () =>
  inDirectory(async (dir, config) => {
    const first = await start({ config });
    expect(await talk(first.port, "SET k 1\r\nQUIT\r\n")).toBe("+OK\r\n+OK\r\n");
    await expect(createServer({ config })).rejects.toThrow(
      `${join(dir, "appendonlydir")} is in use by process ${process.pid} on `,
    );
    expect(await talk(first.port, "SET k 2\r\nQUIT\r\n")).toBe("+OK\r\n+OK\r\n");
    await first.close();
    const second = await start({ config });
    expect(await talk(second.port, "GET k\r\nQUIT\r\n")).toBe("$1\r\n2\r\n+OK\r\n");
  }));

test("what a directory is given for is there after close, without a log, too", () =>
  inDirectory(async (dir) => {
    const config = { dir };
    const first = await start({ config });
    await talk(first.port, "SET k 1\r\nQUIT\r\n");
    await Promise.all([first.close(), first.close()]);
    expect(readdirSync(dir)).toEqual(["dump.rdb"]);
    const second = await start({ config });
    expect(await talk(second.port, "GET k\r\nSET k 2\r\nQUIT\r\n")).toContain("$1\r\n1\r\n");
    await talk(second.port, "SHUTDOWN NOSAVE\r\n");
    await second.close();
    const third = await start({ config: { dir, save: "" } });
    expect(await talk(third.port, "GET k\r\nSET k 3\r\nQUIT\r\n")).toContain("$1\r\n1\r\n");
    await third.close();
    const fourth = await start({ config });
    expect(await talk(fourth.port, "GET k\r\nQUIT\r\n")).toContain("$1\r\n1\r\n");
    renameSync(dir, `${dir}-away`);
    await expect(fourth.close()).rejects.toThrow(`no snapshot could be written to ${dir}`);
    renameSync(`${dir}-away`, dir);
  }));

test("CONFIG SET appendonly yes is refused while another server has the directory", () =>
  inDirectory(async (_dir, config) => {
    await start({ config });
    const other = await start({ config: { ...config, appendonly: "no" } });
    expect(await talk(other.port, "CONFIG SET appendonly yes\r\nQUIT\r\n")).toMatch(
      /^-ERR .*Unable to turn on AOF/,
    );
  }));

test("a server that cannot listen leaves the directory untouched", () =>
  inDirectory(async (dir, config) => {
    const { port } = await start();
    await expect(createServer({ port, config })).rejects.toThrow("Failed listening");
    expect(readdirSync(dir)).toEqual([]);
  }));

test.each(["appendonly.aof.1.incr.aof", "appendonly.aof.manifest", "appendonly.aof.lock", ""])(
  "a server from under which '%s' is moved acknowledges nothing more, and says so",
  (name) =>
    inDirectory(async (dir, config) => {
      const server = await start({ config });
      const gone = new Promise((resolve) => {
        const socket = net.connect(server.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.on("close", () => resolve("gone"));
      });
      expect(await talk(server.port, "SET k 1\r\nQUIT\r\n")).toBe("+OK\r\n+OK\r\n");
      renameSync(join(dir, "appendonlydir", name), join(dir, "elsewhere"));
      const late = new Promise((resolve) => {
        setTimeout(() => resolve("still there"), GIVES_UP_WITHIN_MS).unref();
      });
      expect(await Promise.race([gone, late])).toBe("gone");
      await expect(server.close()).rejects.toThrow("moved away or removed");
    }),
);

test.each([
  [{ port: -1 }, "directive 'port' cannot be '-1'"],
  [{ port: 65_536 }, "directive 'port' cannot be '65536'"],
  [{ config: { port: "7000" } }, "is the option `port` of an embedded server"],
  [{ config: { daemonize: "yes" } }, "is for a process of its own"],
  [{ config: { LogFile: "x" } }, "an embedded server writes no log"],
])("options %j are refused", async (options, reason) => {
  await expect(createServer(options)).rejects.toThrow(reason);
});
