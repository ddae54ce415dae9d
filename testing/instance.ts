/** An instance without a server: its commands and their effects, for unit tests. */

import type { Config } from "../impl/config/config.ts";
import { latin1, Request } from "../impl/resp/request.ts";
import type { Command } from "../impl/session/command.ts";
import { createInstance } from "../impl/session/executor.ts";
import type { Instance, InstancePorts } from "../impl/session/instance.ts";
import { settlePushed } from "../impl/session/push.ts";
import { serveReady } from "../impl/session/serve.ts";
import type { Session } from "../impl/session/session.ts";
import { VirtualClock } from "./clock.ts";
import { RecordingJournal } from "./journal.ts";
import { luaCode } from "./lua.ts";
import { seededRandom } from "./random.ts";

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
    serveReady(this.#instance, () => {});
    this.#instance.tracking.broadcast();
    settlePushed(this.#instance, () => {});
    this.#instance.time.settle();
    this.#instance.verifyInvariants();
    const text = latin1(reply.bytes, 0, reply.length);
    this.session.outbox.drop();
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
  readonly clock: VirtualClock;
  readonly #journal: RecordingJournal;

  constructor(instance: Instance, clock: VirtualClock, journal: RecordingJournal) {
    super(instance, instance.clients.connect(TEST_CLIENT));
    this.instance = instance;
    this.clock = clock;
    this.#journal = journal;
  }

  /** A further client. */
  connect(): TestClient {
    return new TestClient(this.instance, this.instance.clients.connect(TEST_CLIENT));
  }

  /** The effects since the last call, one line each, SELECT, MULTI and EXEC included. */
  effects(): string[] {
    return this.#journal.takeLines();
  }
}

const TEST_CLIENT = { address: "127.0.0.1:50000", localAddress: "127.0.0.1:6379", fd: 8 };

/**
 * An instance for unit tests: `redis.run("set k v")` answers `+OK\r\n`, `redis.effects()` then
 * `["SELECT 0", "set k v"]`.
 *
 * @param commands the command families that the test needs
 * @param more further ports, or others
 */
export function testInstance(
  commands: readonly Command[],
  config?: Config,
  more: Partial<InstancePorts> = {},
): TestInstance {
  const clock = new VirtualClock();
  const journal = new RecordingJournal();
  const ports = { clock, random: seededRandom(1), journal, lua: luaCode, ...more };
  return new TestInstance(createInstance(ports, commands, config), clock, journal);
}
