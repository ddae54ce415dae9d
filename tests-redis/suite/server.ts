import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A command line that starts a server: the program and its first arguments. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** A server that was started for one suite file. */
export interface RunningServer {
  readonly port: number;
  /** How it ended, in a few words, or undefined while it runs. */
  ended(): string | undefined;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** A server that did not come up. The message says what it printed before it ended. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const START_TRIES = 3;
const LOG_TAIL_CHARS = 16_384;
const READY = "Ready to accept connections";

/**
 * Starts a server on a free port of the loopback with DEBUG and protected configuration open, as
 * the suite needs it, and waits until it accepts connections. Its files go to `folder`.
 */
export async function startServer(command: ServerCommand, folder: string): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = await start(command, port, folder);
    const ended = server.ended();
    if (ended === undefined) return server;
    // Another program may have taken the port in between; anything else will not change.
    if (attempt === START_TRIES || !ended.includes("Failed listening on port")) {
      throw new StartFailure(`the server did not start: ${ended}`);
    }
  }
}

async function start(command: ServerCommand, port: number, folder: string): Promise<RunningServer> {
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const opened = ["--enable-debug-command", "yes", "--enable-protected-configs", "yes"];
  const child = spawn(command.program, [...command.args, ...settings, ...opened], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  let log = "";
  const keep = (chunk: Buffer) => {
    log = (log + chunk.toString("utf8")).slice(-LOG_TAIL_CHARS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const gone = exitOf(child);
  await untilReady(child, gone, () => log.includes(READY));
  return {
    port,
    ended: () => (isGone(child) ? `${howItEnded(child)}: ${tailOf(log)}` : undefined),
    async stop() {
      process.removeListener("exit", killWithUs);
      if (isGone(child)) return;
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(force);
    },
  };
}

function exitOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", resolve);
  });
}

/** Resolves when the server is ready or gone; one that is neither in time is killed. */
async function untilReady(
  child: ChildProcess & { stdout: NodeJS.EventEmitter },
  gone: Promise<unknown>,
  ready: () => boolean,
): Promise<void> {
  const limit = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const accepting = new Promise<void>((resolve) => {
    child.stdout.on("data", () => {
      if (ready()) resolve();
    });
  });
  await Promise.race([accepting, gone]);
  clearTimeout(limit);
}

function isGone(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function howItEnded(child: ChildProcess): string {
  if (child.pid === undefined) return "the server's program cannot be run";
  const how = child.signalCode ?? `code ${child.exitCode}`;
  return `the server ended with ${how}`;
}

function tailOf(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-6).join(" | ").slice(-500);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
