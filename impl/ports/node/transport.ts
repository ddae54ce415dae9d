import net from "node:net";
import { getSystemErrorName } from "node:util";
import type { Connection, ConnectionEvents } from "../transport.ts";
import { fromSystem } from "./conf-files.ts";
import { RawWrite, RawWriter, receiveRaw } from "./raw-stream.ts";

/** Where to listen. */
export interface ListenOptions {
  readonly host?: string;
  readonly port?: number;
  /** A Unix socket's path, instead of host and port. */
  readonly path?: string;
  readonly backlog: number;
  /** Idle seconds before TCP probes the peer of a new connection; 0 for never. */
  readonly keepAliveSeconds: () => number;
  /** Every connection reads into this one buffer, from `readOffset` on. */
  readonly shared: Buffer;
  readonly readOffset: number;
}

/** Where to listen on TCP. */
export type TcpListenOptions = ListenOptions & { readonly host: string; readonly port: number };

/** A listening socket. */
export interface Listener {
  /** The port in use, which the system chose if 0 was asked for. 0 for a Unix socket. */
  readonly port: number;
  /** Stops accepting; open connections stay. */
  close(): Promise<void>;
}

/** The undocumented part of `net.Server` that hands out raw connections. */
interface RawServer {
  _handle?: { onconnection?: (status: number, handle: unknown) => void } | null;
}

/**
 * Listens with `net` and hands each connection to `accept`, which answers null to refuse it.
 *
 * Reading into one shared buffer costs a fifth less CPU per request than 'data' events, but
 * `net.Server` offers it (`onread`) only for connections made from a raw handle. Where that handle
 * is not as expected, 'data' events serve.
 */
export function listen(
  options: ListenOptions,
  accept: (connection: Connection) => ConnectionEvents | null,
): Promise<Listener> {
  const { server, opened } = createServer(options, accept);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const at =
      options.path === undefined
        ? {
            host: options.host,
            port: options.port,
            backlog: options.backlog,
            // As Redis: `*` and `::*` are two listeners, of which neither takes in the other.
            ipv6Only: true,
          }
        : { path: options.path, backlog: options.backlog };
    server.listen(at, () => {
      server.off("error", reject);
      useSharedBuffer(server, options, opened);
      resolve(listenerOf(server));
    });
  });
}

/**
 * As `listen`, on an address in digits, and at once: whoever asks must know the outcome before
 * anything else happens. `net` offers that only for a handle that is bound already, and makes
 * those with an undocumented function; without it nothing can be opened this way.
 *
 * @returns the listener, or the code of the system's error
 */
export function listenNow(
  options: TcpListenOptions,
  accept: (connection: Connection) => ConnectionEvents | null,
): Listener | string {
  const family = net.isIP(options.host);
  const bind = (net as unknown as RawNet)._createServerHandle;
  if (family === 0) return "ENOTFOUND";
  if (typeof bind !== "function") return "ENOSYS";
  const flags = family === 6 ? IPV6_ONLY : 0;
  const handle = bind(options.host, options.port, family, undefined, flags);
  if (typeof handle === "number") return getSystemErrorName(handle);
  const { server, opened } = createServer(options, accept);
  // Told in the next turn; that it does not listen is known now.
  server.on("error", () => {});
  server.listen(handle, options.backlog);
  if (!server.listening) return "EADDRINUSE";
  useSharedBuffer(server, options, opened);
  return listenerOf(server);
}

/** The undocumented part of `net` that binds a socket: a handle, or the system's error number. */
interface RawNet {
  _createServerHandle?: (
    address: string,
    port: number,
    family: number,
    fd: undefined,
    flags: number,
  ) => number | object;
}

/** UV_TCP_IPV6ONLY. */
const IPV6_ONLY = 1;

function listenerOf(server: net.Server): Listener {
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** What makes a new socket a connection, once `attach` has its reading set up. */
type Opened = (socket: net.Socket, attach: Attach) => void;

/** Has what the socket reads told to `events`, and its end to `connection`. */
type Attach = (events: ConnectionEvents, connection: NodeConnection) => void;

function createServer(
  options: ListenOptions,
  accept: (connection: Connection) => ConnectionEvents | null,
): { readonly server: net.Server; readonly opened: Opened } {
  // A client that says nothing more may still be owed replies.
  const server = net.createServer({ noDelay: true, allowHalfOpen: true });
  const opened: Opened = (socket, attach) => {
    socket.setNoDelay(true);
    const keepAliveSeconds = options.keepAliveSeconds();
    if (keepAliveSeconds > 0) socket.setKeepAlive(true, keepAliveSeconds * 1000);
    const connection = new NodeConnection(socket, options.path);
    const events = accept(connection);
    if (events === null) return;
    attach(events, connection);
    connection.attach(events);
  };
  server.on("connection", (socket) => {
    opened(socket, (events, connection) => {
      socket.on("end", () => connection.ended());
      const room = options.shared.length - options.readOffset;
      socket.on("data", (chunk: Buffer) => {
        for (let at = 0; at < chunk.length; at += room) {
          const length = Math.min(room, chunk.length - at);
          chunk.copy(options.shared, options.readOffset, at, at + length);
          events.received(options.readOffset, length);
        }
      });
    });
  });
  return { server, opened };
}

function useSharedBuffer(server: net.Server, options: ListenOptions, opened: Opened): void {
  const handle = (server as unknown as RawServer)._handle;
  if (typeof handle?.onconnection !== "function") return;
  const area = options.shared.subarray(options.readOffset);
  handle.onconnection = (status, raw) => {
    if (status !== 0 || raw === undefined) return;
    let events: ConnectionEvents | null = null;
    let connection: NodeConnection | null = null;
    /** Where the connection wants its reads; null for the shared buffer. */
    let into: Uint8Array | null = null;
    const received = (length: number): void => {
      if (into === null) events?.received(options.readOffset, length);
      else events?.receivedInto(length);
    };
    const plain = (length: number): boolean => {
      received(length);
      return true;
    };
    const socket = new net.Socket({
      handle: raw,
      allowHalfOpen: true,
      onread: { buffer: area, callback: plain },
    } as unknown as net.SocketConstructorOpts);
    socket.on("end", () => connection?.ended());
    const receive = (length: number): Uint8Array | undefined => {
      received(length);
      const next = events === null ? null : events.readInto();
      if (next === null && into === null) return undefined;
      into = next;
      return next ?? area;
    };
    // The socket tells of an end one or two loop turns later, when others have been served.
    receiveRaw(raw, receive, (isWhole) => {
      if (isWhole) connection?.ended();
      else connection?.gone();
    });
    opened(socket, (attached, made) => {
      events = attached;
      connection = made;
    });
  };
}

const NOTHING = new Uint8Array(0);
/** Views of buffers above this size are not kept. */
const KEPT_VIEW_BYTES = 64 * 1024;

class NodeConnection implements Connection {
  readonly #socket: net.Socket;
  readonly #raw: RawWriter;
  #events: ConnectionEvents | null = null;
  #hasEnded = false;
  #isGone = false;
  /** The last view that was written, and of what: replies often have the length of the last one. */
  #view: Uint8Array = NOTHING;
  #viewed: Uint8Array = NOTHING;
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;

  constructor(socket: net.Socket, path: string | undefined) {
    this.#socket = socket;
    this.#raw = new RawWriter(socket, (bytes) => this.#written(bytes));
    // What went wrong does not matter: 'close' follows, and the client is gone either way.
    socket.on("error", () => {});
    const atPath = path === undefined ? "" : `${fromSystem(path)}:0`;
    this.address = atPath || endpoint(socket.remoteAddress, socket.remotePort);
    this.localAddress = atPath || endpoint(socket.localAddress, socket.localPort);
    this.fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
  }

  /** Starts telling `events`. */
  attach(events: ConnectionEvents): void {
    const socket = this.#socket;
    this.#events = events;
    socket.on("drain", () => this.#drained());
    socket.on("close", () => this.gone());
  }

  /** The client has sent its last byte. */
  ended(): void {
    if (this.#hasEnded || this.#isGone) return;
    this.#hasEnded = true;
    this.#events?.ended();
  }

  /** The connection is gone, or will be in a moment. */
  gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#events?.closed();
  }

  #written(bytes: Uint8Array): void {
    this.#events?.released(bytes);
    this.#drained();
  }

  #drained(): void {
    if (this.unsentBytes === 0) this.#events?.drained();
  }

  get unsentBytes(): number {
    const { isUsable, pendingBytes } = this.#raw;
    return isUsable ? pendingBytes : pendingBytes + this.#socket.writableLength;
  }

  write(bytes: Uint8Array, length: number): boolean {
    const whole = this.#viewOf(bytes, length);
    const outcome = this.#raw.write(whole);
    if (outcome !== RawWrite.refused) return outcome === RawWrite.sent;
    this.#socket.write(whole);
    return this.#socket.writableLength === 0;
  }

  #viewOf(bytes: Uint8Array, length: number): Uint8Array {
    if (bytes.length === length) return bytes;
    if (this.#viewed === bytes && this.#view.length === length) return this.#view;
    const view = bytes.subarray(0, length);
    // A view keeps its buffer: large ones must be free to go.
    if (bytes.length > KEPT_VIEW_BYTES) return view;
    this.#viewed = bytes;
    this.#view = view;
    return view;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#raw.retire();
    // Ending alone would leave the connection half open for as long as the client likes.
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function endpoint(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "";
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
