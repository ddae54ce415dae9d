/**
 * The simulated network: connections of clients to the server, bytes in both directions that take
 * their time, arrive in pieces and get lost with their connection.
 */
import assert from "node:assert/strict";
import type { Connection, ConnectionEvents } from "../impl/ports/transport.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import { printable } from "./disk.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Lane, Transcript } from "./transcript.ts";

/** How badly a network behaves. Rates are probabilities. */
export interface NetworkFaults {
  /** How long bytes take at most, in microseconds. */
  readonly delayUs: number;
  /** How likely bytes that were sent at once arrive in pieces. */
  readonly splitRate: number;
  /** How likely a connection's client reads slowly. */
  readonly slowReaderRate: number;
}

/** A network that only takes a moment. */
export const GOOD_NETWORK: NetworkFaults = { delayUs: 50, splitRate: 0, slowReaderRate: 0 };

/** A message takes at least this long, in microseconds. */
const LEAST_US = 1;
const MOST_PIECES = 6;
/** Bytes that the kernel takes before a reader that is slow has read them. */
const SLOW_WINDOW_BYTES = 24;
/** A slow reader reads a large reply in about this many parts. */
const MOST_SLOW_READS = 16;
/** How long a slow reader takes at most for its next read, in microseconds. */
const SLOW_READ_US = 30_000;
/** From this delay on a message counts as delayed, in microseconds. */
const DELAYED_US = 5_000;

/** What the network needs of the run. */
export interface NetworkWorld {
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly transcript: Transcript;
  readonly faults: Tally;
}

/** The client's end of a connection. */
export interface ClientEnd {
  readonly lane: Lane;
  /** Number of the client. */
  readonly number: number;
  /** Replies have arrived. */
  received(bytes: Buffer): void;
  /** The connection is gone. Called once, and not when the client itself has closed it. */
  closed(): void;
}

/** The server process as its connections see it. */
export interface ServerEnd {
  /** The buffer that connections read into. */
  readonly shared: Buffer;
  readonly readOffset: number;
  readonly isAlive: boolean;
  /** Number of this run of the server, from 1. */
  readonly run: number;
  /** Runs something in the process: later while it is paused, never when it is dead. */
  enter(what: string, run: () => void): void;
  /** Bytes leave the process. */
  leaving(connection: SimConnection, bytes: Uint8Array, length: number): void;
}

/** One direction: bytes arrive in the order in which they were sent. */
class Lag {
  readonly #world: NetworkWorld;
  #lastArrivalUs = 0;

  constructor(world: NetworkWorld) {
    this.#world = world;
  }

  /** Delivers bytes after a delay, perhaps in pieces. */
  send(
    bytes: Buffer,
    faults: NetworkFaults,
    arrive: (piece: Buffer, sentUs: number) => void,
  ): void {
    const { choices } = this.#world;
    const sentUs = this.#world.scheduler.clock.us;
    let from = 0;
    if (bytes.length > 1 && choices.chance(faults.splitRate)) {
      this.#world.faults.count("bytes in pieces");
      for (let left = choices.between(1, MOST_PIECES - 1); left > 0; left--) {
        if (bytes.length - from < 2) break;
        const end = from + 1 + choices.below(bytes.length - from - 1);
        const piece = bytes.subarray(from, end);
        this.after(faults, "network: piece arrives", () => arrive(piece, sentUs));
        from = end;
      }
    }
    const rest = bytes.subarray(from);
    this.after(faults, "network: bytes arrive", () => arrive(rest, sentUs));
  }

  /** Does something behind everything that is on its way. */
  after(faults: NetworkFaults, what: string, run: () => void): void {
    const { scheduler, choices } = this.#world;
    const delayUs = LEAST_US + choices.upToUs(faults.delayUs);
    if (delayUs > DELAYED_US) this.#world.faults.count("network delay");
    const nowUs = scheduler.clock.us;
    const atUs = Math.max(nowUs + delayUs, this.#lastArrivalUs);
    this.#lastArrivalUs = atUs;
    scheduler.after(atUs - nowUs, what, run);
  }
}

/** Bytes that the server has handed over and the kernel has not taken. The buffer is the server's. */
interface Held {
  readonly bytes: Uint8Array;
  /** The transport keeps the buffer, and says when it has left. */
  isKept: boolean;
  start: number;
  readonly end: number;
}

/** Both ends of one connection. The server's end is the transport port. */
export class SimConnection implements Connection {
  readonly number: number;
  readonly address: string;
  readonly localAddress = "127.0.0.1:6379";
  readonly fd: number;
  readonly client: ClientEnd;
  readonly #world: NetworkWorld;
  readonly #faults: () => NetworkFaults;
  readonly #toServer: Lag;
  readonly #toClient: Lag;
  readonly #isSlow: boolean;
  #server: ServerEnd | null = null;
  #events: ConnectionEvents | null = null;
  #held: Held[] = [];
  #heldBytes = 0;
  #inTransitBytes = 0;
  /** Where the next read goes; null for the shared buffer. */
  #into: Uint8Array | null = null;
  /** Arrived while the server does not read. */
  #unread: Buffer[] = [];
  #isReading = true;
  #isEnding = false;
  /** The client has closed. */
  #clientClosed = false;
  /** Nothing reaches the client any more. */
  #clientGone = false;
  /** The server has closed, or knows that the client has. */
  #serverGone = false;

  constructor(world: NetworkWorld, number: number, client: ClientEnd, faults: () => NetworkFaults) {
    this.#world = world;
    this.number = number;
    this.client = client;
    this.#faults = faults;
    this.address = `127.0.0.1:${50_000 + number}`;
    this.fd = 8 + number;
    this.#toServer = new Lag(world);
    this.#toClient = new Lag(world);
    this.#isSlow = world.choices.chance(faults().slowReaderRate);
  }

  /** The client's wish to connect is on its way; `arrive` is called when it gets there. */
  begin(arrive: () => void): void {
    this.#toServer.after(this.#faults(), "network: connection arrives", arrive);
  }

  /** The server's kernel takes the connection; what arrives waits for the process. */
  open(server: ServerEnd): void {
    this.#server = server;
  }

  /** The process takes the connection; null when it sends it away. */
  attach(events: ConnectionEvents | null): void {
    this.#events = events;
  }

  /** Number of the run of the server that has taken the connection; 0 when none has. */
  get run(): number {
    return this.#server?.run ?? 0;
  }

  /** False when one of the ends has closed. */
  get isOpen(): boolean {
    return !this.#clientGone && !this.#serverGone;
  }

  // The client's end.

  /** The client sends bytes. */
  send(bytes: Buffer): void {
    assert.ok(!this.#clientClosed, "the client has closed");
    if (this.#clientGone) return;
    this.#toServer.send(bytes, this.#faults(), (piece, sentUs) => {
      this.#world.transcript.number(this.number);
      this.#world.transcript.bytes(piece, 0, piece.length);
      this.#world.transcript.message(this.client.lane, "server", sentUs, () =>
        printable(piece, 0, piece.length),
      );
      this.#read(piece);
    });
  }

  /** The client closes; what is on its way to the server gets there or not. */
  close(): void {
    assert.ok(!this.#clientClosed, "the client has closed already");
    this.#clientClosed = true;
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.#held = [];
    this.#heldBytes = 0;
    const isReset = this.#world.choices.chance(0.5);
    if (isReset) {
      const gone = (): void => this.#clientIsGone();
      this.#world.scheduler.after(LEAST_US, "network: reset arrives", gone);
    } else {
      this.#toServer.after(this.#faults(), "network: end arrives", () => this.#clientHasEnded());
    }
  }

  /** The server may go on writing, and closes when it likes. */
  #clientHasEnded(): void {
    if (this.#serverGone) return;
    this.#world.faults.count("end of a client's stream");
    this.#tellServer("network: client has ended", (events) => events.ended());
  }

  #clientIsGone(): void {
    if (this.#serverGone) return;
    this.#serverGone = true;
    this.#tellServer("network: client is gone", (events) => events.closed());
  }

  #read(piece: Buffer): void {
    if (this.#serverGone) return;
    if (!this.#isReading) {
      this.#unread.push(piece);
      return;
    }
    const server = this.#server;
    if (server === null) return;
    server.enter("read", () => {
      if (this.#serverGone || this.#events === null) return;
      for (let at = 0; at < piece.length; ) {
        at += this.#deliver(server, this.#events, piece.subarray(at));
        // It is asked long before the next bytes come, as in production.
        this.#into = this.#events.readInto();
      }
    });
  }

  /** One read of what has arrived. Returns how much of it. */
  #deliver(server: ServerEnd, events: ConnectionEvents, bytes: Buffer): number {
    const into = this.#into;
    if (into !== null) {
      const length = bytes.copy(into);
      events.receivedInto(length);
      return length;
    }
    const length = bytes.copy(server.shared, server.readOffset);
    events.received(server.readOffset, length);
    // The next connection reads into the same buffer.
    server.shared.fill(JUNK, server.readOffset, server.readOffset + length);
    return length;
  }

  #tellServer(what: string, tell: (events: ConnectionEvents) => void): void {
    this.#server?.enter(what, () => {
      if (this.#events !== null) tell(this.#events);
    });
  }

  // The server's end.

  get unsentBytes(): number {
    return this.#heldBytes;
  }

  write(bytes: Uint8Array, length: number): boolean {
    this.#server?.leaving(this, bytes, length);
    if (this.#clientGone || this.#serverGone) return true;
    const held = { bytes, isKept: false, start: 0, end: length };
    this.#held.push(held);
    this.#heldBytes += length;
    this.#pump();
    held.isKept = true;
    if (this.#heldBytes > 0) this.#world.faults.count("slow reader");
    return this.#heldBytes === 0;
  }

  pause(): void {
    this.#isReading = false;
  }

  resume(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const piece of this.#unread.splice(0)) {
      this.#world.scheduler.after(0, "network: kept bytes are read", () => this.#read(piece));
    }
  }

  end(): void {
    this.#isEnding = true;
    if (this.#heldBytes === 0) this.destroy();
  }

  destroy(): void {
    if (this.#serverGone) return;
    this.#serverGone = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#tellClient();
    this.#world.scheduler.after(0, "network: closed", () =>
      this.#tellServer("closed", (events) => events.closed()),
    );
  }

  /** The server's process has died; what the kernel had taken may still arrive. */
  serverDied(): void {
    if (this.#serverGone) return;
    this.#serverGone = true;
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#world.choices.chance(0.5)) this.#clientGone = this.#loseWhatIsOnItsWay();
    else this.#tellClient();
  }

  #loseWhatIsOnItsWay(): true {
    if (this.#clientGone) return true;
    this.#world.scheduler.after(LEAST_US, "network: reset arrives", () => this.#tellClosed());
    return true;
  }

  #tellClient(): void {
    this.#toClient.after(this.#faults(), "network: end arrives", () => {
      if (this.#clientGone) return;
      this.#clientGone = true;
      this.#tellClosed();
    });
  }

  #tellClosed(): void {
    if (!this.#clientClosed) this.client.closed();
  }

  /** Hands as much to the kernel as it takes. */
  #pump(): void {
    const slowWindow = Math.max(SLOW_WINDOW_BYTES, this.#heldBytes / MOST_SLOW_READS);
    const window = this.#isSlow ? slowWindow : Number.POSITIVE_INFINITY;
    while (this.#held.length > 0) {
      const room = window - this.#inTransitBytes;
      if (room < 1) return;
      const held = this.#held[0]!;
      const end = Math.min(held.end, held.start + Math.floor(room));
      const bytes = Buffer.from(held.bytes.subarray(held.start, end));
      this.#heldBytes -= bytes.length;
      held.start = end;
      if (held.start === held.end) {
        this.#held.shift();
        if (held.isKept) this.#giveBack(held.bytes);
      }
      this.#transmit(bytes);
    }
  }

  /** A buffer comes back between two turns of the server, as when a write of Node's has ended. */
  #giveBack(bytes: Uint8Array): void {
    this.#world.scheduler.after(0, "network: a buffer is given back", () =>
      this.#tellServer("released", (events) => events.released(bytes)),
    );
  }

  #transmit(bytes: Buffer): void {
    const { transcript } = this.#world;
    this.#inTransitBytes += bytes.length;
    const faults = this.#isSlow ? { ...this.#faults(), delayUs: SLOW_READ_US } : this.#faults();
    this.#toClient.send(bytes, faults, (piece, sentUs) => {
      this.#inTransitBytes -= piece.length;
      if (!this.#clientGone) {
        transcript.number(this.number);
        transcript.bytes(piece, 0, piece.length);
        transcript.message("server", this.client.lane, sentUs, () =>
          printable(piece, 0, piece.length),
        );
        this.client.received(piece);
      }
      if (this.#heldBytes === 0 || this.#serverGone) return;
      this.#pump();
      if (this.#heldBytes > 0) return;
      if (this.#isEnding) this.destroy();
      else this.#tellServer("drained", (events) => events.drained());
    });
  }
}

/** What is in the shared buffer when nobody reads into it: a request that relied on it would show. */
const JUNK = 0x2a;
