import { chmodSync, lstatSync, rmSync } from "node:fs";
import net from "node:net";
import type { Config } from "../config/config.ts";
import { toSystem } from "../ports/node/conf-files.ts";
import {
  type Listener,
  type ListenOptions,
  listen,
  listenNow,
  type TcpListenOptions,
} from "../ports/node/transport.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import { type Address, addressesOf, hostOf, isBearable } from "./addresses.ts";
import { ListenError } from "./listen-error.ts";
import type { ServerLog } from "./log.ts";

/** A port that the system chooses. */
export const ANY_PORT = -1;
/** `port 0` of redis.conf: no TCP listener. */
const NO_PORT = 0;

/** How every connection is read. */
export type ReadOptions = Pick<ListenOptions, "shared" | "readOffset">;

/** An open TCP listener and the place it was opened for. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly listener: Listener;
}

/**
 * The sockets that a server listens on, following `port` and `bind`.
 *
 * Create it, then call `open` once, then `follow` and in the end `close`.
 */
export class Listeners {
  readonly #config: Config;
  readonly #log: ServerLog;
  readonly #read: ReadOptions;
  readonly #accept: (connection: Connection) => ConnectionEvents | null;
  #endpoints: readonly Endpoint[] = [];
  #unix: Listener | null = null;

  constructor(
    config: Config,
    log: ServerLog,
    read: ReadOptions,
    accept: (connection: Connection) => ConnectionEvents | null,
  ) {
    this.#config = config;
    this.#log = log;
    this.#read = read;
    this.#accept = accept;
  }

  /** The TCP port in use; 0 while it listens on none. */
  get port(): number {
    return this.#endpoints[0]?.listener.port ?? 0;
  }

  /**
   * Opens the configured listeners.
   *
   * @param wanted the TCP port; ANY_PORT for one that the system chooses
   * @throws ListenError
   */
  async open(wanted: number): Promise<void> {
    let port = wanted;
    for (const { host, optional } of wanted === NO_PORT ? [] : this.#addresses()) {
      try {
        const listener = await listen(this.#at(host, port === ANY_PORT ? 0 : port), this.#accept);
        if (port === ANY_PORT) port = listener.port;
        this.#endpoints = [...this.#endpoints, { host, port, listener }];
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (!isBearable(code, optional)) throw new ListenError(`port ${port} (${host})`, error);
      }
    }
    await this.#openUnixSocket();
  }

  /**
   * From now on CONFIG SET of `port` and `bind` moves the listeners; where that fails, they and
   * the configuration stay as they were. Open connections are untouched.
   */
  follow(): void {
    const config = this.#config;
    config.onChange("port", () =>
      this.#rebind() ? undefined : "Unable to listen on this port. Check server logs.",
    );
    config.onChange("bind", () =>
      this.#rebind() ? undefined : "Failed to bind to specified addresses.",
    );
    config.onChange("tls-port", (port) =>
      port === NO_PORT ? undefined : "Unable to update TLS configuration. Check server logs.",
    );
  }

  /** Stops listening. */
  async close(): Promise<void> {
    const listeners = this.#endpoints.map(({ listener }) => listener);
    if (this.#unix !== null) listeners.push(this.#unix);
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  /** Listens on a Unix socket; one that an earlier server left behind is removed. */
  async #openUnixSocket(): Promise<void> {
    const path = toSystem(this.#config.get("unixsocket") ?? "");
    if (path === "") return;
    try {
      await removeDeadSocket(path);
      this.#unix = await this.#listenAt(path);
    } catch (error) {
      throw new ListenError(`Unix socket ${path}`, error);
    }
  }

  /** A socket has its permissions before anybody can connect. */
  async #listenAt(path: string): Promise<Listener> {
    const permissions = this.#config.get("unixsocketperm");
    const options = { ...this.#options(), path };
    if (permissions === 0) return await listen(options, this.#accept);
    const before = process.umask(0o777 & ~permissions);
    let listening: Promise<Listener>;
    try {
      // The socket is made before this returns.
      listening = listen(options, this.#accept);
    } finally {
      process.umask(before);
    }
    const listener = await listening;
    chmodSync(path, permissions);
    return listener;
  }

  /**
   * Listens where the configuration says now, at once; false when that cannot be had.
   *
   * What is wanted as before stays open. A listener that is given up makes room first only where
   * it could be in the way: on the same port, at another address (`*` takes in all of them).
   */
  #rebind(): boolean {
    const port = this.#config.get("port");
    const addresses = port === NO_PORT ? [] : this.#addresses();
    const isWanted = (endpoint: Endpoint): boolean =>
      endpoint.port === port && addresses.some(({ host }) => host === endpoint.host);
    const kept = this.#endpoints.filter(isWanted);
    const givenUp = this.#endpoints.filter((endpoint) => !isWanted(endpoint));
    const inTheWay = givenUp.filter((endpoint) => endpoint.port === port);
    closeAll(inTheWay);
    const opened = this.#openMissing(addresses, port, kept);
    if (opened !== null) {
      closeAll(givenUp.filter((endpoint) => !inTheWay.includes(endpoint)));
      this.#endpoints = [...kept, ...opened];
      return true;
    }
    // The configuration goes back to its old values and says so, which opens those again.
    this.#endpoints = this.#endpoints.filter((endpoint) => !inTheWay.includes(endpoint));
    return false;
  }

  /** Opens the addresses that none of `kept` serves; null, and none open, when one fails. */
  #openMissing(
    addresses: readonly Address[],
    port: number,
    kept: readonly Endpoint[],
  ): readonly Endpoint[] | null {
    const opened: Endpoint[] = [];
    const served = new Set(kept.map(({ host }) => host));
    for (const { host, optional } of addresses) {
      // The second mention of an address is an error to the system, and so to Redis.
      if (served.delete(host)) continue;
      const outcome = listenNow(this.#at(host, port), this.#accept);
      if (typeof outcome !== "string") {
        opened.push({ host, port, listener: outcome });
        continue;
      }
      this.#log.warn(
        `Warning: Could not create server TCP listening socket ${host}:${port}: ${outcome}`,
      );
      if (isBearable(outcome, optional)) continue;
      closeAll(opened);
      return null;
    }
    return opened;
  }

  #addresses(): readonly Address[] {
    return addressesOf(this.#config.get("bind"));
  }

  #at(host: string, port: number): TcpListenOptions {
    return { ...this.#options(), host: hostOf(host), port };
  }

  #options(): ListenOptions {
    return {
      ...this.#read,
      backlog: this.#config.get("tcp-backlog"),
      keepAliveSeconds: () => this.#config.get("tcp-keepalive"),
    };
  }
}

/**
 * Removes a socket that nobody listens on any more. One that a server listens on, and what is no
 * socket, stays: Redis takes both over.
 */
async function removeDeadSocket(path: string): Promise<void> {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present === undefined) return;
  if (!present.isSocket()) throw new Error("there is a file that is not a socket");
  if (await isAnswered(path)) throw new Error("another server listens on it");
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const answer = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      answer(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}

/** Frees the addresses at once; that the sockets are gone is known a moment later. */
function closeAll(endpoints: readonly Endpoint[]): void {
  for (const { listener } of endpoints) void listener.close();
}
