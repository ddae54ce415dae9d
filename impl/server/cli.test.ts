import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const CLI = fileURLToPath(new URL("cli.ts", import.meta.url));
let folder: string;
let child: ChildProcess | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-cli-"));
});

afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Runs until `isReady`, then ends the server; returns its exit code. */
async function runUntil(isReady: () => boolean, args: readonly string[]): Promise<number | null> {
  const running = spawn(process.execPath, [CLI, ...args], { stdio: "ignore" });
  child = running;
  const ended = new Promise<number | null>((resolve) => running.once("exit", resolve));
  while (!isReady() && running.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  running.kill("SIGTERM");
  return ended;
}

/** What `args` get from the server on a Unix socket. */
function ask(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path, () => socket.write(`${command}\r\n`));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed without a reply")));
  });
}

test("files with names beyond ASCII are where they are said to be", async () => {
  const home = join(folder, "données-数据");
  mkdirSync(home);
  const paths = {
    log: join(folder, "日志.log"),
    pid: join(folder, "numéro.pid"),
    socket: join(folder, "розетка"),
  };
  let listed: Promise<string> | null = null;
  let dir: Promise<string> | null = null;
  let pid = "";
  let done = false;
  const code = await runUntil(() => {
    if (listed === null && existsSync(paths.pid)) {
      pid = readFileSync(paths.pid, "utf8");
      dir = ask(paths.socket, "CONFIG GET dir");
      listed = ask(paths.socket, "CLIENT INFO");
      void listed.finally(() => {
        done = true;
      });
    }
    return done;
  }, [
    "--port",
    "0",
    "--dir",
    home,
    "--logfile",
    paths.log,
    "--pidfile",
    paths.pid,
    "--unixsocket",
    paths.socket,
  ]);
  expect(code).toBe(0);
  expect(await dir).toContain(`\r\n${home}\r\n`);
  expect(await listed).toContain(`addr=${paths.socket}:0`);
  expect(pid).toBe(`${child?.pid}\n`);
  expect(existsSync(paths.pid)).toBe(false);
  expect(readFileSync(paths.log, "utf8")).toContain("Ready to accept connections");
});

test("a second process on a directory says who has it, and touches nothing", async () => {
  const pidFile = join(folder, "server.pid");
  const common = ["--dir", folder, "--appendonly", "yes", "--port", "0"];
  const options = [...common, "--unixsocket", join(folder, "one"), "--pidfile", pidFile];
  let second: SpawnSyncReturns<string> | null = null;
  const code = await runUntil(() => {
    if (!existsSync(pidFile)) return false;
    const other = [...common, "--unixsocket", join(folder, "two"), "--pidfile", pidFile];
    second = spawnSync(process.execPath, [CLI, ...other], { encoding: "utf8" });
    return true;
  }, options);
  const { status, stdout } = second as unknown as SpawnSyncReturns<string>;
  expect(status).toBe(1);
  expect(stdout).toContain(`${folder}/appendonlydir is in use by process ${child?.pid} on `);
  expect(code).toBe(0);
});

test("what it cannot carry out it refuses with one line, before it is in the background", () => {
  const options = ["--daemonize", "yes", "--tls-port", "6380"];
  const { status, stderr, stdout } = spawnSync(process.execPath, [CLI, ...options], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^Fatal error: tls-port: [^\n]+\n$/);
});

test("CONFIG REWRITE of a server in the background keeps daemonize yes; SHUTDOWN SAVE saves", async () => {
  const paths = { conf: join(folder, "server.conf"), socket: join(folder, "socket") };
  const pidFile = join(folder, "server.pid");
  const lines = ["daemonize yes", "port 0", `dir ${folder}`, `unixsocket ${paths.socket}`];
  writeFileSync(paths.conf, [...lines, `pidfile ${pidFile}`, ""].join("\n"));
  expect(spawnSync(process.execPath, [CLI, paths.conf]).status).toBe(0);
  while (!existsSync(pidFile)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await ask(paths.socket, "CONFIG GET daemonize")).toContain("$3\r\nyes\r\n");
  expect(await ask(paths.socket, "CONFIG REWRITE")).toBe("+OK\r\n");
  expect(readFileSync(paths.conf, "utf8")).toContain("daemonize yes\n");
  expect(readFileSync(paths.conf, "utf8")).not.toContain("daemonize no");
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(existsSync(join(folder, "dump.rdb"))).toBe(false);
  await ask(paths.socket, "SHUTDOWN SAVE").catch(() => {});
  while (existsSync(pidFile)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(pid).not.toBe(process.pid);
  expect(readFileSync(join(folder, "dump.rdb"), "latin1").startsWith("REDIS0010")).toBe(true);
});

/** A replica of the server on a Unix socket: it has its snapshot, and acknowledges when it is told to. */
async function follow(path: string): Promise<(offset: number) => void> {
  const socket = net.connect(path);
  const synchronized = new Promise<void>((resolve) => {
    socket.on("data", (data) => {
      if (data.includes("FULLRESYNC")) resolve();
    });
  });
  socket.on("error", () => {});
  socket.write("PSYNC ? -1\r\n");
  await synchronized;
  return (offset) => void socket.write(`REPLCONF ACK ${offset}\r\n`);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("the end waits for a replica that lags behind, unless SHUTDOWN ABORT comes first", async () => {
  const socket = join(folder, "socket");
  const logFile = join(folder, "log");
  const args = ["--port", "0", "--dir", folder, "--unixsocket", socket, "--logfile", logFile];
  const running = spawn(process.execPath, [CLI, ...args, "--shutdown-timeout", "60"]);
  child = running;
  const ended = new Promise<number | null>((resolve) => running.once("exit", resolve));
  await until(() => existsSync(socket));
  const acknowledge = await follow(socket);
  acknowledge(0);
  await ask(socket, "SET k 1");
  const told = (): number => readFileSync(logFile, "utf8").split("Waiting for replicas").length - 1;
  const asked = ask(socket, "SHUTDOWN");
  await until(() => told() === 1 || running.exitCode !== null);
  expect(running.exitCode).toBe(null);
  expect(await ask(socket, "SHUTDOWN ABORT")).toBe("+OK\r\n");
  expect(await asked).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
  expect(await ask(socket, "SET k 2")).toBe("+OK\r\n");
  running.kill("SIGTERM");
  await until(() => told() === 2);
  expect(await ask(socket, "GET k")).toBe("$1\r\n2\r\n");
  acknowledge(1_000_000);
  expect(await ended).toBe(0);
});
