/** Starts and stops the redis-server that everything is compared with. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provision } from "../../scripts/provision.ts";
import { ask, connectClient } from "../../testing/wire/client.ts";

/** The version of Redis that Veridis is held to. */
export const REDIS_VERSION = "7.0.15";

/** A running redis-server on 127.0.0.1. */
export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  /** What it has written to its log so far. */
  log(): string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * The path of redis-server: `VERIDIS_REDIS_SERVER` if set, else the one that is provisioned.
 *
 * @throws MissingTool when there is none
 */
async function redisServerPath(): Promise<string> {
  const { VERIDIS_REDIS_SERVER: path } = process.env;
  return path ?? (await provision("redis-server"));
}

/** A port on which nothing listens at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

/**
 * Starts redis-server without persistence, in a temporary folder, with DEBUG and the protected
 * directives enabled.
 *
 * @param directives further directives in the form of its command line
 * @param onPort the port to listen on, unless any free one will do
 * @throws when it does not answer within ten seconds or is not version 7.0.15
 */
export async function startRedis(
  directives: ReadonlyArray<string> = [],
  onPort?: number,
): Promise<RedisServer> {
  const path = await redisServerPath();
  const port = onPort ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "veridis-redis-"));
  const base = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const quiet = ["--save", "", "--appendonly", "no", "--daemonize", "no"];
  const debug = ["--enable-debug-command", "yes", "--enable-protected-configs", "yes"];
  const child = spawn(path, [...base, ...quiet, ...debug, ...directives], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => {
    log += chunk.toString("latin1");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString("latin1");
  });
  // A check that crashes must not leave a server behind.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    await stopProcess(child, folder);
  };
  try {
    await waitUntilReady(port, child);
  } catch (error) {
    await stop();
    throw new Error(`redis-server did not start: ${String(error)}\n${log}`);
  }
  return { port, pid: child.pid!, log: () => log, stop };
}

async function waitUntilReady(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    const client = await connectClient(port).catch(() => undefined);
    if (client !== undefined) {
      const info = await ask(client, "INFO", "server");
      client.close();
      if (info.includes(`redis_version:${REDIS_VERSION}\r\n`)) return;
      throw new Error(`it is not version ${REDIS_VERSION}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("no answer within ten seconds");
}

async function stopProcess(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGKILL");
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}
