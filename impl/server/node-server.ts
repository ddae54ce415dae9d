import { performance } from "node:perf_hooks";
import type { Config } from "../config/config.ts";
import { findDirective } from "../config/directives.ts";
import type { LogFailure } from "../log/failure.ts";
import { systemClock } from "../ports/node/clock.ts";
import { confFiles, rewriteFile } from "../ports/node/conf-files.ts";
import { systemDisk } from "../ports/node/disk.ts";
import { openFilesLimit } from "../ports/node/limits.ts";
import { luaCode } from "../ports/node/lua-code.ts";
import { SystemPeerLinks } from "../ports/node/peer-links.ts";
import { processFacts } from "../ports/node/process-facts.ts";
import { systemRandom } from "../ports/node/random.ts";
import type { ServerControl, ShutdownRequest } from "../ports/server-control.ts";
import type { Trace } from "../ports/trace.ts";
import { endBlock, unpause } from "../session/blocking.ts";
import type { Instance } from "../session/instance.ts";
import { loadUsersFile } from "../session/users-file.ts";
import { assemble } from "./assembly.ts";
import { Listeners } from "./listeners.ts";
import type { ServerLog } from "./log.ts";
import type { MetricsListener } from "./metrics/listener.ts";
import type { PersistenceCore } from "./persistence-core.ts";
import { type ServerCore, TICKS_PER_SECOND } from "./server-core.ts";
import { UsersFileError } from "./users-file-error.ts";
import { VERSION } from "./version.ts";

/** What a running server needs. */
export interface NodeServerOptions {
  readonly config: Config;
  readonly log: ServerLog;
  /** False when nobody has said where data are. */
  readonly hasDirectory?: boolean;
  /** Path of the configuration file; empty without one. */
  readonly configFile: string;
  /** Called when a client's SHUTDOWN asks for the end. */
  readonly onShutdown: (request: ShutdownRequest) => void;
  /** Called when the log cannot be read, or can no longer be trusted: the server has to end. */
  readonly onFatal: (failure: LogFailure) => void;
  /** Told of the steps of the specifications that the server takes. */
  readonly trace?: Trace;
}

/**
 * The shell around a server core: listeners, the end of the loop turn, the clock tick.
 *
 * Create it with `startNodeServer`.
 */
export class NodeServer {
  readonly core: ServerCore;
  readonly persistence: PersistenceCore;
  readonly #options: NodeServerOptions;
  readonly #listeners: Listeners;
  readonly #ticker: NodeJS.Timeout;
  /** Its HTTP port; null while there is none. */
  #metrics: MetricsListener | null = null;
  readonly #peerLinks = new SystemPeerLinks();
  #closed: Promise<string | null> | null = null;
  /** A shutdown waits for replicas, and can be taken back. */
  #waitsForReplicas = false;

  constructor(options: NodeServerOptions) {
    this.#options = options;
    const { config, log, trace, onFatal } = options;
    lowerMaxClients(config, log);
    boundMaxClients(config);
    config.follow("loglevel", (level) => log.setLevel(level));
    const { core, persistence } = assemble({
      config,
      clock: systemClock,
      random: systemRandom,
      disk: systemDisk,
      operatorLog: log,
      ...(trace === undefined ? {} : { trace }),
      hasDirectory: options.hasDirectory ?? true,
      facts: processFacts(options.configFile, VERSION, () => config.get("port")),
      control: this.#control(),
      lua: luaCode,
      peerLinks: this.#peerLinks,
      onFatal,
      wake: () => this.#flushSoon(),
    });
    if (config.get("aclfile") !== "") takeUsers(core.instance);
    this.core = core;
    this.persistence = persistence;
    core.gathersReads = true;
    this.#listeners = new Listeners(config, log, this.core, (connection) =>
      this.core.accept(connection),
    );
    this.#ticker = setInterval(() => this.core.tick(), 1000 / TICKS_PER_SECOND);
  }

  /** Flushes at the end of the loop turn. A sync waits for the next one, which serves more clients. */
  #flushSoon(): void {
    setImmediate(() => {
      this.core.execute();
      const { log } = this.core;
      if (log?.policy === "always" && log.hasPending) setImmediate(() => this.core.flush());
      else this.core.flush();
    });
  }

  /** The TCP port in use; 0 while it listens on none. */
  get port(): number {
    return this.#listeners.port;
  }

  /**
   * Opens the configured listeners, which then follow CONFIG SET.
   *
   * @param port the TCP port; ANY_PORT for one that the system chooses
   * @throws ListenError
   */
  async listen(port: number): Promise<void> {
    await this.#openMetrics();
    await this.#listeners.open(port);
    this.#listeners.follow();
  }

  /** What writes metrics is loaded only by those who want them. */
  async #openMetrics(): Promise<void> {
    const { config } = this.#options;
    if (config.get("metrics-port") === 0) return;
    const { openMetrics } = await import("./metrics/listener.ts");
    this.#metrics = await openMetrics(config, this.core);
  }

  /**
   * Loads the data set bit by bit; clients are told so in between. The directory is taken before
   * this returns its promise.
   */
  async load(): Promise<void> {
    const { config } = this.#options;
    while (!this.persistence.load(config.get("loading-process-events-interval-bytes"))) {
      await nextTurn();
    }
  }

  /**
   * Holds writes back until the replicas have acknowledged everything, at most for
   * `shutdown-timeout`.
   *
   * @returns false when SHUTDOWN ABORT has taken it back
   */
  async letReplicasCatchUp(): Promise<boolean> {
    const { config, log } = this.#options;
    const { instance } = this.core;
    const { feed, clients } = instance;
    // Nothing is written from here on; what is asked of the replicas counts in the stream, too.
    const { offset } = feed;
    const lagging = (): number => feed.replicas.size - feed.acknowledgedBy(offset);
    const seconds = config.get("shutdown-timeout");
    if (lagging() === 0 || seconds === 0) return true;
    log.notice("Waiting for replicas before shutting down.");
    clients.pause = { mode: "write", untilMs: Number.POSITIVE_INFINITY };
    this.#waitsForReplicas = true;
    for (let left = seconds * TICKS_PER_SECOND; left > 0 && lagging() > 0; left--) {
      feed.requestAcknowledgement();
      this.core.wake();
      await pause(1000 / TICKS_PER_SECOND);
      if (!this.#waitsForReplicas) return false;
    }
    this.#waitsForReplicas = false;
    if (lagging() > 0)
      log.warn(`${lagging()} of ${feed.replicas.size} replicas have not caught up`);
    return true;
  }

  /** Takes a shutdown back that waits for replicas. False when none does. */
  #abortShutdown(): boolean {
    if (!this.#waitsForReplicas) return false;
    this.#waitsForReplicas = false;
    const { instance } = this.core;
    for (const session of [...instance.clients.waits.of("shutdown")]) {
      endBlock(instance, session, "timeout");
    }
    unpause(instance);
    this.core.wake();
    return true;
  }

  /**
   * Stops: the log is closed, its replies leave, then connections and listeners are closed.
   *
   * @returns null, or why the log could not be closed cleanly
   */
  close(): Promise<string | null> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<string | null> {
    // SHUTDOWN calls this in the middle of a loop turn.
    await nextTurn();
    this.core.stop();
    const error = await new Promise<string | null>((done) => this.persistence.close(done));
    await this.destroy();
    return error;
  }

  /** It is being closed, or has been. */
  get isClosing(): boolean {
    return this.#closed !== null;
  }

  /** Ends at once, whatever the log has still to do. */
  async destroy(): Promise<void> {
    clearInterval(this.#ticker);
    this.core.closeAll();
    this.persistence.abandon();
    await this.#peerLinks.destroy();
    await this.#listeners.close();
    await this.#metrics?.close();
  }

  /** True when the end saves the data, unless somebody says otherwise. */
  get savesItself(): boolean {
    return this.persistence.snapshots.savesItself && this.persistence.loading === null;
  }

  /** Saves the data for the last time; says in the log why it cannot, and is false then. */
  saveFinally(): boolean {
    if (this.persistence.snapshots.saveFinally()) return true;
    this.#options.log.warn("Error trying to save the DB, can't exit.");
    return false;
  }

  #control(): ServerControl {
    const { log, onShutdown } = this.#options;
    return {
      sleep: (durationUs) => blockFor(durationUs),
      shutdown: (request) => {
        const { save, force } = request;
        const isWanted = save === "yes" || (save === "default" && this.savesItself);
        if (isWanted && !this.saveFinally() && !force) return false;
        onShutdown(request);
        return true;
      },
      abortShutdown: () => this.#abortShutdown(),
      log: (text) => log.warn(text),
      rewriteFile,
      readFile: confFiles.readFile,
    };
  }
}

/** The users are those of the file. @throws UsersFileError */
function takeUsers(instance: Instance): void {
  const loaded = loadUsersFile(instance);
  if ("errors" in loaded) throw new UsersFileError(loaded.errors);
}

/** Lets a loop turn pass. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}

/** Files beside client connections that the server may need. */
const RESERVED_FILES = 32;

/** CONFIG SET of more clients than there can be files is refused, in Redis' words. */
function boundMaxClients(config: Config): void {
  config.onChange("maxclients", (wanted) => {
    const allowed = openFilesLimit() - RESERVED_FILES;
    if (wanted <= allowed) return undefined;
    return (
      "The operating system is not able to handle the specified number of clients, " +
      `try with ${allowed}`
    );
  });
}

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
