/** What an operator does to a server from outside: signals, files, sockets. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const CLI = fileURLToPath(new URL("cli.ts", import.meta.url));
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-operator-"));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  /** All that it has printed. */
  readonly printed: () => string;
  readonly socket: string;
}

const SHELL = "/bin/sh";

function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const socket = join(folder, "socket");
  const all = ["--port", "0", "--unixsocket", socket, ...args];
  const child = spawn(process.execPath, [CLI, ...all, "--save", ""], { env });
  children.push(child);
  let text = "";
  child.stdout?.on("data", (data: Buffer) => (text += data));
  child.stderr?.on("data", (data: Buffer) => (text += data));
  return { child, printed: () => text, socket };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

function ping(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path, () => socket.write("PING\r\n"));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once("error", reject);
  });
}

test("SIGHUP and SIGUSR1 change nothing", async () => {
  const server = start([]);
  await until(() => server.printed().includes("Ready to accept"));
  server.child.kill("SIGHUP");
  server.child.kill("SIGUSR1");
  await until(() => /SIGHUP.*SIGUSR1/s.test(server.printed()));
  expect(await ping(server.socket)).toBe("+PONG\r\n");
  expect(server.printed()).not.toContain("Debugger");
  server.child.kill("SIGTERM");
  expect(await ended(server.child)).toBe(0);
});

test("a log file that was rotated away is made anew", async () => {
  const log = join(folder, "server.log");
  const server = start(["--logfile", log]);
  await until(() => existsSync(log) && readFileSync(log, "utf8").includes("Ready to accept"));
  renameSync(log, `${log}.1`);
  server.child.kill("SIGHUP");
  await until(() => existsSync(log));
  await until(() => readFileSync(log, "utf8").includes("SIGHUP"));
  expect(readFileSync(`${log}.1`, "utf8")).not.toContain("SIGHUP");
});

test("what started the server ends, and the server with it", async () => {
  const place = `--port 0 --unixsocket "${folder}/socket" --logfile "${folder}/log" --save ""`;
  const child = spawn(SHELL, ["-c", `"${process.execPath}" "${CLI}" ${place} & wait`], {
    env: { ...process.env, npm_lifecycle_event: "start" },
    stdio: "ignore",
  });
  children.push(child);
  const log = (): string =>
    existsSync(`${folder}/log`) ? readFileSync(`${folder}/log`, "utf8") : "";
  await until(() => log().includes("Ready to accept") || child.exitCode !== null);
  expect(child.exitCode, "the server ended before it was ready").toBeNull();
  child.kill("SIGKILL");
  await until(() => log().includes("bye bye"));
});

test("a file for the process' number that cannot be written is said, and the server serves", async () => {
  const server = start(["--pidfile", join(folder, "absent", "pid")]);
  await until(() => server.printed().includes("Ready to accept"));
  expect(server.printed()).toContain("Failed to write PID file: No such file or directory");
  server.child.kill("SIGTERM");
  expect(await ended(server.child)).toBe(0);
});

test.each([
  [
    "no",
    "a log file",
    ["--logfile", "absent/log"],
    "Can't open the log file: No such file or directory\n",
  ],
  [
    "yes",
    "a log file",
    ["--logfile", "absent/log"],
    "Can't open the log file: No such file or directory\n",
  ],
])(
  "daemonize %s: %s that cannot be opened is one line and exit code 1",
  async (daemonize, _what, args, line) => {
    const server = start(["--dir", folder, ...args, "--daemonize", daemonize]);
    expect(await ended(server.child)).toBe(1);
    expect(server.printed()).toBe(line);
  },
);

test("a Unix socket that cannot be had is one line and exit code 1", async () => {
  const server = start(["--unixsocket", join(folder, "absent", "socket")]);
  expect(await ended(server.child)).toBe(1);
  expect(server.printed()).toContain("Failed listening on Unix socket");
  expect(server.printed()).not.toMatch(/\n\s+at /);
});

test("a Unix socket of another server is not taken over, one that is left over is", async () => {
  const first = start([]);
  await until(() => first.printed().includes("Ready to accept"));
  const second = start([]);
  expect(await ended(second.child)).toBe(1);
  expect(second.printed()).toContain("another server listens on it");
  expect(await ping(first.socket)).toBe("+PONG\r\n");
  first.child.kill("SIGKILL");
  await ended(first.child);
  const third = start([]);
  await until(() => third.printed().includes("Ready to accept"));
  expect(await ping(third.socket)).toBe("+PONG\r\n");
});

test("a file that is no socket stays", async () => {
  const path = join(folder, "precious");
  writeFileSync(path, "data");
  const server = start(["--unixsocket", path]);
  expect(await ended(server.child)).toBe(1);
  expect(readFileSync(path, "utf8")).toBe("data");
});

test("a Unix socket has its permissions from the beginning", async () => {
  // Nobody else may pass it by a later chmod, which a socket in a folder without that right shows.
  const home = join(folder, "home");
  mkdirSync(home);
  chmodSync(home, 0o755);
  const path = join(home, "socket");
  const server = start(["--unixsocket", path, "--unixsocketperm", "700"]);
  await until(() => existsSync(path));
  expect(statSync(path).mode & 0o777).toBe(0o700);
  await until(() => server.printed().includes("Ready to accept"));
  expect(statSync(path).mode & 0o777).toBe(0o700);
});
