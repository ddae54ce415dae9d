import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "../../impl/server/index.ts";
import { startRedis } from "../../refinement/oracle/redis.ts";
import { ask, connectClient } from "../../testing/wire/client.ts";

/**
 * The server that the client suites talk to: Veridis, or redis-server when
 * `VERIDIS_CLIENTS_AGAINST=redis` is set, which shows that the suites expect what Redis does.
 */
export interface Target {
  readonly port: number;
  stop(): Promise<void>;
}

/** True when the suites run against redis-server. */
export const againstRedis = process.env["VERIDIS_CLIENTS_AGAINST"] === "redis";

/** Starts the server with directives of redis.conf. */
export async function startTarget(
  directives: Readonly<Record<string, string>> = {},
): Promise<Target> {
  if (againstRedis) {
    const redis = await startRedis();
    const client = await connectClient(redis.port);
    for (const [name, value] of Object.entries(directives)) {
      const reply = await ask(client, "CONFIG", "SET", name, value);
      if (reply !== "+OK\r\n") throw new Error(`CONFIG SET ${name} ${value}: ${reply}`);
    }
    client.close();
    return running(redis.port, () => redis.stop());
  }
  const server = await createServer({ port: 0, config: directives });
  return running(server.port, () => server.close());
}

/** Starts Veridis on a port that it has served before. */
export async function restartVeridis(port: number): Promise<Target> {
  const server = await createServer({ port });
  return running(server.port, () => server.close());
}

/** A server with a log on disk, which can be stopped and started again. */
export interface DurableTarget extends Target {
  /** Stops it and starts it on its port and its directory. */
  restart(): Promise<void>;
}

/** Starts the server with its log on, every write synced before its reply. */
export async function startDurableTarget(): Promise<DurableTarget> {
  const dir = mkdtempSync(join(tmpdir(), "veridis-clients-"));
  const config = { dir, appendonly: "yes", appendfsync: "always" };
  const start = async (port?: number) => {
    if (!againstRedis) return await createServer({ port: port ?? 0, config });
    const line = Object.entries(config).flatMap(([name, value]) => [`--${name}`, value]);
    const redis = await startRedis(line, port);
    return { port: redis.port, close: () => redis.stop() };
  };
  let server = await start();
  const { port } = server;
  const target = running(port, async () => {
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const restart = async (): Promise<void> => {
    await server.close();
    server = await start(port);
  };
  return { ...target, restart };
}

const targets = new Set<Target>();

/** Remembers a server until it is stopped, so that a test that fails leaves none behind. */
function running(port: number, stop: () => Promise<void>): Target {
  const target: Target = {
    port,
    stop: () => {
      targets.delete(target);
      return stop();
    },
  };
  targets.add(target);
  return target;
}

/** Stops every server that still runs: the end of a suite. */
export async function stopTargets(): Promise<void> {
  await Promise.all([...targets].map((target) => target.stop()));
}

/** Resolves when `condition` holds. Throws when it does not in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
