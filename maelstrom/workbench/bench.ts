/** One test of the workbench: a node, a network, clients, a workload, and its verdict. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** Whether the node keeps a log, is killed now and then, and started again. */
  readonly kills: boolean;
  /** Where logs and histories go. */
  readonly folder: string;
}

/** What came of it. */
export interface BenchResult extends Judged {
  readonly name: string;
  readonly operations: number;
  readonly messages: number;
  readonly lost: number;
  readonly kills: number;
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
/** A node that was killed serves for so long before the next time, and a chance part as long. */
const LIFE_MS = 600;

/** Runs one test. */
export class Bench {
  readonly #options: BenchOptions;
  readonly #network: Network;
  readonly #chance: Chance;
  #sessions = 0;
  #operations = 0;
  #kills = 0;
  /** Until then the node is down, and a request would only be lost. */
  #serving: Promise<void> = Promise.resolve();

  constructor(options: BenchOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    this.#network = new Network(this.#chance, options.weather);
  }

  /** The workload's name, and what is broken. */
  get name(): string {
    const { workload, broken, kills } = this.#options;
    return [workload.name, kills ? "killed" : "", broken].filter((part) => part !== "").join(", ");
  }

  /** Operations begun so far. */
  get operations(): number {
    return this.#operations;
  }

  /** Runs the test to its end. */
  async run(): Promise<BenchResult> {
    const { workload, durationMs, clients } = this.#options;
    const node = this.#start();
    try {
      await this.#initialize();
      const startedMs = performance.now();
      const untilMs = startedMs + durationMs;
      const workers = Array.from({ length: clients }, (_, number) =>
        this.#work(new Client(`c${number + 1}`, this.#network), untilMs),
      );
      const killer = this.#options.kills ? this.#killUntil(node, untilMs) : null;
      await Promise.all([...workers, killer]);
      this.#network.heal();
      await this.#lastLook();
      if (!node.alive) throw new Error(`${this.name}: the node has died; see ${this.#file("log")}`);
      const judged = workload.judge(`recorded ${this.#fileName()}`);
      return this.#result(judged, (performance.now() - startedMs) / 1000);
    } finally {
      await node.stop();
    }
  }

  #start(): NodeProcess {
    const { broken, kills } = this.#options;
    mkdirSync(this.#options.folder, { recursive: true });
    const directory = kills ? this.#file("data") : "";
    if (kills) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory);
    }
    const logFile = this.#file("log");
    return new NodeProcess({ name: NODE, broken, directory, network: this.#network, logFile });
  }

  /** Kills the node in the middle of its work, again and again; it runs when this ends. */
  async #killUntil(node: NodeProcess, untilMs: number): Promise<void> {
    for (;;) {
      await sleep(LIFE_MS * (1 + this.#chance.fraction()));
      if (performance.now() > untilMs) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#serving = promise;
      await node.kill();
      this.#kills += 1;
      node.start();
      await this.#initialize().then(resolve, reject);
      await promise;
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
    for (;;) {
      await this.#serving;
      if (performance.now() >= untilMs) return;
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

  #file(extension: string): string {
    return join(this.#options.folder, `${this.#fileName()}.${extension}`);
  }

  #result(judged: Judged, seconds: number): BenchResult {
    const { workload, kills } = this.#options;
    const missing = workload.mustHappen.filter((name) => (judged.counts[name] ?? 0) === 0);
    if (kills && this.#kills === 0) missing.push("kills");
    const file = this.#file("jsonl");
    return {
      ...judged,
      name: this.name,
      operations: this.#operations,
      messages: this.#network.sent,
      lost: this.#network.lost,
      kills: this.#kills,
      seconds,
      vacuous: missing.length === 0 ? null : `nothing happened of: ${missing.join(", ")}`,
      keep() {
        writeFileSync(file, judged.history.map((line) => `${JSON.stringify(line)}\n`).join(""));
        return file;
      },
    };
  }
}
