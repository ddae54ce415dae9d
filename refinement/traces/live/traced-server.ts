/** The real server in a process of its own, over one directory and one trace for all its starts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../oracle/redis.ts";
import { type RawStep, readSteps } from "../recorded.ts";

const CLI = join(import.meta.dirname, "../../../impl/server/cli.ts");

/** One server with `--appendonly yes`, started again and again over the same directory. */
export class TracedServer {
  readonly #policy: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "veridis-traces-"));
  readonly #traceFile = join(this.#folder, "trace.jsonl");
  readonly #removeOnExit = (): void => this.dispose();
  #child: ChildProcess | null = null;
  #output = "";
  #port = 0;

  /** @param policy its `appendfsync` */
  constructor(policy: string) {
    this.#policy = policy;
    // A check that crashes leaves neither a server nor its files behind.
    process.once("exit", this.#removeOnExit);
  }

  /** The port on which it listens. */
  get port(): number {
    return this.#port;
  }

  /**
   * Starts it, and waits until it serves.
   *
   * @throws Error when it ends before
   */
  async start(): Promise<void> {
    this.#port = await freePort();
    const port = ["--port", String(this.#port)];
    const log = [
      "--appendonly",
      "yes",
      "--appendfsync",
      this.#policy,
      "--dir",
      this.#folder,
      "--save",
      "",
    ];
    const child = spawn(process.execPath, [CLI, ...port, ...log], {
      env: { ...process.env, VERIDIS_TRACE: this.#traceFile },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("latin1").on("data", (text: string) => {
        this.#output += text;
      });
    }
    while (!this.#output.includes("Ready to accept connections")) {
      await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
      if (child.exitCode !== null) throw new Error(`the server ended:\n${this.#output}`);
    }
  }

  /** Kills it: the step that nobody but its killer can tell. */
  async kill(): Promise<void> {
    await this.#ended("SIGKILL");
    const kill: RawStep = { spec: "log", action: "Kill", fields: {} };
    appendFileSync(this.#traceFile, `${JSON.stringify(kill)}\n`);
  }

  /**
   * Stops it cleanly.
   *
   * @throws Error when it says that it could not
   */
  async stop(): Promise<void> {
    const code = await this.#ended("SIGTERM");
    if (code !== 0) throw new Error(`the server stopped with ${code}:\n${this.#output}`);
  }

  async #ended(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode !== null) throw new Error(`the server had ended:\n${this.#output}`);
    const exit = once(child, "exit");
    child.kill(signal);
    const [code] = await exit;
    return code;
  }

  /** The steps of all its runs so far. */
  steps(): RawStep[] {
    return readSteps(readFileSync(this.#traceFile, "utf8"));
  }

  /** Ends it, if it runs, and removes what it has left. */
  dispose(): void {
    process.off("exit", this.#removeOnExit);
    this.#child?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
