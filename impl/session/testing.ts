import assert from "node:assert/strict";
import type { Config } from "../config/config.ts";
import type { Journal } from "../ports/journal.ts";
import { latin1, Request } from "../resp/request.ts";
import type { Command } from "./command.ts";
import { createInstance } from "./executor.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/** Where a test's wall clock starts, in milliseconds since the epoch. */
export const TEST_START_MS = 1_700_000_000_000;

/** A clock that moves only when it is told to. */
export class TestClock {
  #wallUs = TEST_START_MS * 1000;
  #monotonicUs = 0;

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    this.#wallUs += ms * 1000;
    this.#monotonicUs += ms * 1000;
  }

  wallMs(): number {
    return this.#wallUs / 1000;
  }

  wallUs(): number {
    return this.#wallUs;
  }

  monotonicUs(): number {
    return this.#monotonicUs;
  }
}

/** A 32-bit linear congruential generator: chance that is the same in every run. */
export class TestRandom {
  #state = 1;

  nextU32(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state;
  }
}

/** Keeps the effects as text. */
class RecordingJournal implements Journal {
  readonly enabled = true;
  readonly lines: string[] = [];

  append(bytes: Uint8Array, start: number, length: number): void {
    for (const words of respCommands(latin1(bytes, start, length))) {
      this.lines.push(words.map(readable).join(" "));
    }
  }

  settle(): void {}
}

/**
 * One client of a test instance.
 *
 * Its commands are checked against the instance's invariants one by one.
 */
export class TestClient {
  readonly session: Session;
  readonly #instance: Instance;

  constructor(instance: Instance, session: Session) {
    this.#instance = instance;
    this.session = session;
  }

  /**
   * Sends one command; every argument is text with one character per byte.
   *
   * @returns the reply's RESP bytes as text with one character per byte
   */
  send(...args: string[]): string {
    const { reply } = this.session;
    this.#instance.time.beginBatch();
    this.#instance.executor.dispatch(this.session, Request.of(...args));
    this.#instance.time.settle();
    this.#instance.verifyInvariants();
    const text = latin1(reply.bytes, 0, reply.length);
    reply.truncate(0);
    return text;
  }

  /** Sends a command written with spaces between its arguments. */
  run(line: string): string {
    return this.send(...line.split(" "));
  }

  /** Runs a list of lines; returns each beside its reply, line ends shown as spaces. */
  script(...lines: readonly string[]): string[] {
    return lines.map((line) => `${line} => ${this.run(line).trimEnd().replaceAll("\r\n", " ")}`);
  }
}

/** An instance with a clock, chance and a journal of its own, and a first client. */
export class TestInstance extends TestClient {
  readonly instance: Instance;
  readonly clock: TestClock;
  readonly #journal: RecordingJournal;

  constructor(instance: Instance, clock: TestClock, journal: RecordingJournal) {
    super(instance, instance.connect(TEST_CLIENT));
    this.instance = instance;
    this.clock = clock;
    this.#journal = journal;
  }

  /** A further client. */
  connect(): TestClient {
    return new TestClient(this.instance, this.instance.connect(TEST_CLIENT));
  }

  /** The effects since the last call, one line each, SELECT, MULTI and EXEC included. */
  effects(): string[] {
    return this.#journal.lines.splice(0);
  }
}

const TEST_CLIENT = { address: "127.0.0.1:50000", localAddress: "127.0.0.1:6379", fd: 8 };

/**
 * An instance for unit tests: `redis.run("set k v")` answers `+OK\r\n`, `redis.effects()` then
 * `["SELECT 0", "set k v"]`.
 *
 * @param commands the command families that the test needs
 */
export function testInstance(commands: readonly Command[], config?: Config): TestInstance {
  const clock = new TestClock();
  const journal = new RecordingJournal();
  const ports = { clock, random: new TestRandom(), journal };
  return new TestInstance(createInstance(ports, commands, config), clock, journal);
}

/** Splits a sequence of RESP arrays of bulk strings. */
function respCommands(text: string): string[][] {
  const commands: string[][] = [];
  let at = 0;
  const number = (mark: string): number => {
    assert.equal(text[at], mark);
    const end = text.indexOf("\r\n", at);
    const value = Number(text.slice(at + 1, end));
    at = end + 2;
    return value;
  };
  while (at < text.length) {
    const words: string[] = [];
    for (let left = number("*"); left > 0; left--) {
      const length = number("$");
      words.push(text.slice(at, at + length));
      assert.equal(text.slice(at + length, at + length + 2), "\r\n");
      at += length + 2;
    }
    commands.push(words);
  }
  return commands;
}

/** A word as it is; quoted when a reader could not tell where it ends. */
function readable(word: string): string {
  return /^[!-~]+$/.test(word) ? word : JSON.stringify(word);
}
