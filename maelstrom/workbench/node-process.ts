/** A node as a process of its own, its messages on the network. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { decodeMessage, encodeMessage } from "../protocol.ts";
import type { Network } from "./network.ts";

/** The executable that `--bin` of the real Maelstrom takes too. */
export const NODE_PROGRAM = fileURLToPath(new URL("../node", import.meta.url));

const STOP_LIMIT_MS = 5000;

/** What a node is started with. */
export interface NodeProcessOptions {
  readonly name: string;
  /** Which of the nodes that are broken on purpose; empty for the real one. */
  readonly broken: string;
  /** Where it keeps its log; empty for nowhere. */
  readonly directory: string;
  readonly network: Network;
  /** Where its standard error goes. */
  readonly logFile: string;
}

/** A process, and how it ended. */
interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly closed: Promise<unknown>;
}

/** A node that can be killed and started again. Messages for a node that is down are lost. */
export class NodeProcess {
  readonly #options: NodeProcessOptions;
  readonly #log: WriteStream;
  #running: Running | null = null;

  constructor(options: NodeProcessOptions) {
    this.#options = options;
    this.#log = createWriteStream(options.logFile);
    options.network.join(options.name, (message) => {
      this.#running?.child.stdin.write(encodeMessage(message));
    });
    this.start();
  }

  /** Starts it. */
  start(): void {
    const { broken, directory, logFile, network } = this.#options;
    // What is compiled is kept, so that a node that was killed is soon back.
    const cache = join(dirname(logFile), "compiled");
    const child = spawn(NODE_PROGRAM, [], {
      env: { NODE_COMPILE_CACHE: cache, ...process.env, BROKEN: broken, VERIDIS_DIR: directory },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stderr.pipe(this.#log, { end: false });
    // A node that died takes no more messages; that it died is told by `alive`.
    child.stdin.on("error", () => {});
    const closed = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    createInterface({ input: child.stdout }).on("line", (line) =>
      network.send(decodeMessage(line)),
    );
    this.#running = { child, closed };
  }

  /** Whether it runs. */
  get alive(): boolean {
    const child = this.#running?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Kills it at once, and waits for its end. */
  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.child.kill("SIGKILL");
    await running?.closed;
  }

  /** Ends its input, on which it stops; kills it when it does not. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.child.stdin.end();
    const timer = setTimeout(() => running?.child.kill("SIGKILL"), STOP_LIMIT_MS);
    await running?.closed;
    clearTimeout(timer);
    this.#log.end();
  }
}
