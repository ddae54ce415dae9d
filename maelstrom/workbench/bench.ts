/** One test of the workbench: a node, a network, clients, a workload, and its verdict. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Body } from "../protocol.ts";
import { Chance } from "./chance.ts";
import { Client } from "./client.ts";
import { Network, type Weather } from "./network.ts";
import { NodeProcess } from "./node-process.ts";
import type { Judged, Request, Workload } from "./workload.ts";

/** What a test needs to know. */
export interface BenchOptions {
  readonly workload: Workload;
  /** The node that is broken on purpose; empty for the real one. */
  readonly broken: string;
  readonly seed: number;
  readonly clients: number;
  readonly durationMs: number;
  readonly weather: Weather;
  /** Where logs and histories go. */
  readonly folder: string;
}

/** What came of it. */
export interface BenchResult extends Judged {
  readonly name: string;
  readonly operations: number;
  readonly messages: number;
  readonly lost: number;
  readonly seconds: number;
  /** Why the run has shown nothing, or null. */
  readonly vacuous: string | null;
  /** Where the history was written, when `keep` was called. */
  keep(): string;
}

const NODE = "n1";
const START_LIMIT_MS = 30_000;
const ANSWER_LIMIT_MS = 400;
const LAST_ANSWER_LIMIT_MS = 10_000;

/** Runs one test. */
export class Bench {
  readonly #options: BenchOptions;
  readonly #network: Network;
  readonly #chance: Chance;
  #sessions = 0;
  #operations = 0;

  constructor(options: BenchOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    this.#network = new Network(this.#chance, options.weather);
  }

  /** The workload's name, and what is broken. */
  get name(): string {
    const { workload, broken } = this.#options;
    return broken === "" ? workload.name : `${workload.name}, ${broken}`;
  }

  /** Operations begun so far. */
  get operations(): number {
    return this.#operations;
  }

  /** Runs the test to its end. */
  async run(): Promise<BenchResult> {
    const { broken, folder, workload, durationMs, clients } = this.#options;
    mkdirSync(folder, { recursive: true });
    const log = join(folder, `${this.#fileName()}.log`);
    const node = new NodeProcess(NODE, broken, this.#network, log);
    try {
      await this.#initialize();
      const startedMs = performance.now();
      const untilMs = startedMs + durationMs;
      const workers = Array.from({ length: clients }, (_, number) =>
        this.#work(new Client(`c${number + 1}`, this.#network), untilMs),
      );
      await Promise.all(workers);
      this.#network.heal();
      await this.#lastLook();
      if (!node.alive) throw new Error(`${this.name}: the node has died; its log is ${log}`);
      const judged = workload.judge(`recorded ${this.#fileName()}`);
      const seconds = (performance.now() - startedMs) / 1000;
      return this.#result(judged, seconds);
    } finally {
      await node.stop();
    }
  }

  async #initialize(): Promise<void> {
    // Maelstrom's own init is not lost: without it there is no test.
    const body: Body = { type: "init", node_id: NODE, node_ids: [NODE] };
    const limitMs = performance.now() + START_LIMIT_MS;
    const client = new Client("c0", this.#network);
    while (performance.now() < limitMs) {
      const answer = await client.ask(NODE, body, ANSWER_LIMIT_MS);
      if (answer?.type === "init_ok") return;
    }
    throw new Error(`${this.name}: the node does not answer init`);
  }

  /** One client: request after request, each under the number of its session. */
  async #work(client: Client, untilMs: number): Promise<void> {
    const { workload } = this.#options;
    let session = this.#newSession();
    while (performance.now() < untilMs) {
      const request = workload.begin(session, this.#chance);
      const answered = await this.#ask(client, request, ANSWER_LIMIT_MS);
      // What was not answered may still happen: the session cannot go on as if it had not.
      if (!answered) session = this.#newSession();
    }
  }

  async #lastLook(): Promise<void> {
    const client = new Client("last", this.#network);
    const session = this.#newSession();
    for (;;) {
      const request = this.#options.workload.last(session);
      if (request === null) return;
      const answered = await this.#ask(client, request, LAST_ANSWER_LIMIT_MS);
      if (!answered) throw new Error(`${this.name}: no answer though no message was lost`);
    }
  }

  async #ask(client: Client, request: Request, limitMs: number): Promise<boolean> {
    this.#operations += 1;
    const answer = await client.ask(NODE, request.body, limitMs);
    request.finish(answer);
    return answer !== null;
  }

  #newSession(): number {
    this.#sessions += 1;
    return this.#sessions;
  }

  #fileName(): string {
    return `${this.name.replaceAll(", ", "-")}-${this.#options.seed}`;
  }

  #result(judged: Judged, seconds: number): BenchResult {
    const { workload, folder } = this.#options;
    const missing = workload.mustHappen.filter((name) => (judged.counts[name] ?? 0) === 0);
    const file = join(folder, `${this.#fileName()}.jsonl`);
    return {
      ...judged,
      name: this.name,
      operations: this.#operations,
      messages: this.#network.sent,
      lost: this.#network.lost,
      seconds,
      vacuous: missing.length === 0 ? null : `nothing happened of: ${missing.join(", ")}`,
      keep() {
        writeFileSync(file, judged.history.map((line) => `${JSON.stringify(line)}\n`).join(""));
        return file;
      },
    };
  }
}
