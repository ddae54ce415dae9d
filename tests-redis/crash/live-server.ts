/** A server process that is started, stopped in its tracks and killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";

/** How to start a server: the program with its arguments. */
export type Command = readonly [program: string, ...args: readonly string[]];

const READY_WITHIN_MS = 20_000;
const TRY_AGAIN_MS = 4;
const OUTPUT_KEPT_CHARS = 4000;

/** A server that ended, or did not answer, when it should have served. */
export class NotServing extends Error {
  override readonly name = "NotServing";
}

/** One process, from its start on. */
export class LiveServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #killWithUs = (): void => void this.#child.kill("SIGKILL");
  #output = "";

  constructor(command: Command, port: number, directory: string, environment: NodeJS.ProcessEnv) {
    this.port = port;
    const [program, ...args] = command;
    this.#child = spawn(program, args, {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.once("exit", this.#killWithUs);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_KEPT_CHARS);
      });
    }
    this.#gone = new Promise((resolve) => {
      this.#child.once("close", () => {
        process.removeListener("exit", this.#killWithUs);
        resolve();
      });
    });
  }

  /** The last lines that it printed. */
  get output(): string {
    return this.#output.trimEnd();
  }

  /** It has said that it serves. */
  get isServing(): boolean {
    return this.#output.includes("Ready to accept connections");
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The code that it exited with; null while it runs and when a signal ended it. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /**
   * Waits until it answers PING.
   *
   * @throws NotServing with what it printed
   */
  async ready(): Promise<void> {
    const untilMs = performance.now() + READY_WITHIN_MS;
    while (!this.ended && performance.now() < untilMs) {
      const client = await connectClient(this.port).catch(() => null);
      const answer = client === null ? null : await ask(client, "PING").catch(() => null);
      client?.close();
      if (answer === "+PONG\r\n") return;
      await pause(TRY_AGAIN_MS);
    }
    const how = this.ended ? `ended with ${this.exitCode}` : "does not answer";
    throw new NotServing(`the server ${how}:\n${this.output}`);
  }

  /** Opens a connection for questions. */
  connect(): Promise<WireClient> {
    return connectClient(this.port);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it without a warning, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#gone;
  }

  /** Waits until it has ended by itself; false when it has not in time. */
  async endsWithin(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#gone, late]);
    clearTimeout(timer);
    return this.ended;
  }
}

/** Lets time pass. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
