/** A node as a process of its own, its messages on the network. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { decodeMessage, encodeMessage } from "../protocol.ts";
import type { Network } from "./network.ts";

/** The executable that `--bin` of the real Maelstrom takes too. */
export const NODE_PROGRAM = fileURLToPath(new URL("../node", import.meta.url));

const STOP_LIMIT_MS = 5000;

/** A running node. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #stopping = false;

  /**
   * Starts a node.
   *
   * @param broken which of the nodes that are broken on purpose; empty for the real one
   * @param logFile where its standard error goes
   */
  constructor(name: string, broken: string, network: Network, logFile: string) {
    const child = spawn(NODE_PROGRAM, [], {
      env: { ...process.env, BROKEN: broken },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    child.stderr.pipe(createWriteStream(logFile));
    // A node that died takes no more messages; that it died is told by `alive`.
    child.stdin.on("error", () => {});
    this.#closed = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    network.join(name, (message) => child.stdin.write(encodeMessage(message)));
    createInterface({ input: child.stdout }).on("line", (line) =>
      network.send(decodeMessage(line)),
    );
  }

  /** Whether it runs, or was told to stop. */
  get alive(): boolean {
    return this.#stopping || this.#child.exitCode === null;
  }

  /** Ends its input, on which it stops; returns its exit code, null when it had to be killed. */
  async stop(): Promise<number | null> {
    this.#stopping = true;
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT_MS);
    const code = await this.#closed;
    clearTimeout(timer);
    return code;
  }
}
