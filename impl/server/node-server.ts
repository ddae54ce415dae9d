import { chmodSync, rmSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { commands } from "../commands/index.ts";
import type { Config } from "../config/config.ts";
import { findDirective } from "../config/directives.ts";
import type { Journal } from "../ports/journal.ts";
import { systemClock } from "../ports/node/clock.ts";
import { rewriteFile } from "../ports/node/conf-files.ts";
import { openFilesLimit } from "../ports/node/open-files.ts";
import { processFacts } from "../ports/node/process-facts.ts";
import { systemRandom } from "../ports/node/random.ts";
import { type Listener, listen } from "../ports/node/transport.ts";
import type { ServerControl, ShutdownRequest } from "../ports/server-control.ts";
import { Instance } from "../session/instance.ts";
import { followLimits } from "./limits.ts";
import type { ServerLog } from "./log.ts";
import { ServerCore, TICKS_PER_SECOND } from "./server-core.ts";
import { VERSION } from "./version.ts";

/** No log is attached: effects go nowhere. */
const noJournal: Journal = { enabled: false, append: () => {} };

/** What a running server needs. */
export interface NodeServerOptions {
  readonly config: Config;
  readonly log: ServerLog;
  /** Path of the configuration file; empty without one. */
  readonly configFile: string;
  /** Called when a client's SHUTDOWN asks for the end. */
  readonly onShutdown: (request: ShutdownRequest) => void;
}

/** A listener that could not be opened: which, and why. */
export class ListenError extends Error {
  readonly endpoint: string;

  constructor(endpoint: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Failed listening on ${endpoint}: ${reason}`);
    this.endpoint = endpoint;
  }
}

/**
 * The shell around a server core: listeners, the end of the loop turn, the clock tick.
 *
 * Create it with `startNodeServer`.
 */
export class NodeServer {
  readonly core: ServerCore;
  readonly #options: NodeServerOptions;
  readonly #listeners: Listener[] = [];
  readonly #ticker: NodeJS.Timeout;
  #closed: Promise<void> | null = null;

  constructor(options: NodeServerOptions) {
    this.#options = options;
    const { config, log } = options;
    const facts = processFacts(options.configFile, VERSION, () => this.port);
    const ports = {
      clock: systemClock,
      random: systemRandom,
      journal: noJournal,
      facts,
      control: this.#control(),
    };
    const instance = new Instance(ports, commands, config);
    lowerMaxClients(config, log);
    const { limits, parserLimits } = followLimits(config);
    config.follow("loglevel", (level) => log.setLevel(level));
    const flush = (): void => this.core.flush();
    this.core = new ServerCore(instance, limits, parserLimits, log, () => setImmediate(flush));
    this.#ticker = setInterval(() => this.core.tick(), 1000 / TICKS_PER_SECOND);
  }

  /** The TCP port in use; 0 while it listens on none. */
  get port(): number {
    return this.#listeners.find((listener) => listener.port !== 0)?.port ?? 0;
  }

  /**
   * Opens the configured listeners. An address that begins with `-` may be unavailable.
   *
   * @param wanted the TCP port; ANY_PORT for one that the system chooses
   */
  async listen(wanted: number): Promise<void> {
    const { config } = this.#options;
    let port = wanted;
    const path = config.get("unixsocket");
    if (port !== NO_PORT) {
      for (const address of config.get("bind")) {
        const optional = address.startsWith("-");
        const host = hostOf(optional ? address.slice(1) : address);
        try {
          const listener = await this.#open({ host, port: port === ANY_PORT ? 0 : port });
          this.#listeners.push(listener);
          if (port === ANY_PORT) port = listener.port;
        } catch (error) {
          if (!optional) throw new ListenError(`port ${port} (${address})`, error);
        }
      }
    }
    if (path !== null && path !== "") await this.#listenAt(path);
  }

  /** Listens on a Unix socket; one that an earlier server left behind is removed. */
  async #listenAt(path: string): Promise<void> {
    rmSync(path, { force: true });
    this.#listeners.push(await this.#open({ path }));
    const permissions = this.#options.config.get("unixsocketperm");
    if (permissions !== 0) chmodSync(path, permissions);
  }

  /** Stops: no new connections, open ones closed. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#ticker);
    this.core.flush();
    this.core.closeAll();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  #open(where: { host: string; port: number } | { path: string }): Promise<Listener> {
    const { config } = this.#options;
    return listen(
      {
        ...where,
        backlog: config.get("tcp-backlog"),
        keepAliveSeconds: () => config.get("tcp-keepalive"),
        shared: this.core.shared,
        readOffset: this.core.readOffset,
      },
      (connection) => this.core.accept(connection),
    );
  }

  #control(): ServerControl {
    const { log, onShutdown } = this.#options;
    return {
      sleep: (durationUs) => blockFor(durationUs),
      shutdown: (request) => {
        onShutdown(request);
        return true;
      },
      abortShutdown: () => false,
      log: (text) => log.warn(text),
      rewriteFile,
    };
  }
}

/** `port 0` of redis.conf: no TCP listener. */
const NO_PORT = 0;
/** A port that the system chooses. */
export const ANY_PORT = -1;

function hostOf(address: string): string {
  if (address === "*") return "0.0.0.0";
  return address === "::*" ? "::" : address;
}

/** Files beside client connections that the server may need. */
const RESERVED_FILES = 32;

/** Lowers `maxclients` to what the limit on open files allows, as Redis does. */
function lowerMaxClients(config: Config, log: ServerLog): void {
  const allowed = openFilesLimit() - RESERVED_FILES;
  const wanted = config.get("maxclients");
  if (wanted <= allowed) return;
  config.load(findDirective("maxclients")!, [String(Math.max(1, allowed))]);
  log.warn(
    `maxclients is lowered from ${wanted} to ${allowed}: the limit on open files is too low`,
  );
}

/** Stops this thread: DEBUG SLEEP wants exactly that. */
function blockFor(durationUs: number): void {
  const untilMs = performance.now() + durationUs / 1000;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let leftMs = durationUs / 1000; leftMs > 0; leftMs = untilMs - performance.now()) {
    Atomics.wait(cell, 0, 0, leftMs);
  }
}
