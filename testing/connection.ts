/** A connection to a server core whose other end is the test. */
import assert from "node:assert/strict";
import type { Connection, ConnectionEvents } from "../impl/ports/transport.ts";
import type { ServerCore } from "../impl/server/server-core.ts";

/** The server at the connection's other end. */
export interface ConnectionHost {
  readonly core: ServerCore;
  /** Ends loop turns until nobody asks for another. */
  turn(): void;
  /** Throws when a rule that ties its parts together is broken. */
  verifyInvariants(): void;
}

/** A connection whose other end is the test. */
export class TestConnection implements Connection {
  readonly address = "127.0.0.1:50000";
  readonly localAddress = "127.0.0.1:6379";
  readonly fd = 8;
  unsentBytes = 0;
  isClosed = false;
  #received = "";
  readonly #server: ConnectionHost;
  readonly #events: ConnectionEvents;

  constructor(server: ConnectionHost) {
    this.#server = server;
    const events = server.core.accept(this);
    assert.ok(events !== null, "the connection was refused");
    this.#events = events;
  }

  /** Sends lines as one read; nothing is flushed yet. */
  send(...lines: readonly string[]): void {
    const { shared, readOffset } = this.#server.core;
    const length = shared.write(lines.map((line) => `${line}\r\n`).join(""), readOffset, "latin1");
    this.deliver(length);
  }

  /** Sends the first `length` bytes of the buffer that all connections read into. */
  deliver(length: number): void {
    const { readOffset } = this.#server.core;
    this.#events.received(readOffset, length);
    this.#server.verifyInvariants();
  }

  /** Sends lines, ends the loop turn, and returns what has come by then. */
  ask(...lines: readonly string[]): string {
    this.send(...lines);
    this.#server.turn();
    return this.take();
  }

  /** What has come since the last call. */
  take(): string {
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** The client goes away. */
  leave(): void {
    this.isClosed = true;
    this.#events.closed();
  }

  /** The client says that it sends nothing more. */
  finish(): void {
    this.#events.ended();
    this.#server.verifyInvariants();
  }

  write(bytes: Uint8Array, length: number): boolean {
    assert.ok(!this.isClosed);
    this.#received += Buffer.from(bytes.subarray(0, length)).toString("latin1");
    return true;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.isClosed = true;
  }

  destroy(): void {
    this.isClosed = true;
  }
}
