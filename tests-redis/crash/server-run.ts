/** What scenarios have in common: one server after the other on the same data, and its clients. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Draw, Survival } from "./disk/image.ts";
import { RecordedDirectory, Sync } from "./disk/recorded-directory.ts";
import type { Served } from "./evidence.ts";
import type { Allowance } from "./ledger.ts";
import { type Command, LiveServer, pause } from "./live-server.ts";
import type { Keeping, Policy } from "./promises.ts";
import { readReply } from "./reply.ts";
import { createClients, type Shared } from "./workload.ts";

/** What a scenario needs. */
export interface Setting {
  readonly policy: Policy;
  /** How often the server is to crash. */
  readonly crashes: number;
  /** A directory of its own, which exists. */
  readonly home: string;
  readonly port: number;
  /** The command that serves `directory` on `port`, without a log or under a policy. */
  readonly command: (port: number, directory: string, keeping: Keeping, policy: Policy) => Command;
  /** The compiled recorder. */
  readonly library: string;
  readonly draw: Draw;
  /** Told after each crash. */
  readonly progress: () => void;
}

/** What a scenario has seen. */
export interface Outcome {
  crashes: number;
  acknowledged: number;
  reads: number;
  /** Waits that were served by a push. */
  served: number;
  /** Writes whose outcome no client knew, and those of them that were there. */
  unknown: number;
  unknownServed: number;
  /** Acknowledged or shown writes that were missing, in all. */
  lost: number;
  /** The longest time whose acknowledged writes were missing, in milliseconds. */
  lostSpanMs: number;
  readonly wrongs: string[];
}

const CLIENTS = 4;
const LOAD_MS = { least: 10, span: 150 } as const;
/** Before a crash there are so many acknowledged writes, less one, at most. */
const LOAD_WRITES = 100;
const MORE_PAUSES = 200;
/** Longest fsync, in microseconds: long enough for much to wait behind one. */
export const SYNC_US = 6000;
/** An fsync that takes so long that a kill in time hits it, in microseconds. */
export const SLOW_SYNC_US = 15_000;
/** A server that has to end must have done so in this time, on a busy machine, too. */
export const ENDS_WITHIN_MS = 30_000;

/** The data directory: an ordinary one by its path, or one on a disk that forgets. */
type Where = string | RecordedDirectory;

/** One server after the other on the same data, and its clients. */
export class Run {
  readonly setting: Setting;
  readonly outcome: Outcome;
  clients: Shared;
  server: LiveServer | null = null;
  #loads: Promise<unknown> = Promise.resolve();
  #over = true;
  #generation = 0;

  constructor(setting: Setting) {
    this.setting = setting;
    const log = { wrongs: [], counts: { acknowledged: 0, reads: 0, served: 0, timeouts: 0 } };
    this.clients = createClients(CLIENTS, this.#generation, setting.draw, log);
    const none = { crashes: 0, acknowledged: 0, reads: 0, served: 0, lost: 0 };
    this.outcome = { ...none, unknown: 0, unknownServed: 0, lostSpanMs: 0, wrongs: log.wrongs };
  }

  /** Other clients with other keys, who know of no data. */
  forget(): void {
    this.clients = createClients(CLIENTS, ++this.#generation, this.setting.draw, this.clients);
  }

  /** Starts a server, which need not be ready. */
  launch(where: Where, keeping: Keeping = this.setting.policy): LiveServer {
    assert.ok(this.server === null || this.server.ended, "one server at a time");
    const { port, command, policy } = this.setting;
    const directory = typeof where === "string" ? where : where.path;
    const environment = typeof where === "string" ? {} : where.prepareStart();
    const program = command(port, directory, keeping, policy);
    this.server = new LiveServer(program, port, directory, environment);
    return this.server;
  }

  /** Starts a server; with a chance, one that is killed while it starts before that. */
  async start(where: Where, keeping?: Keeping): Promise<void> {
    const { draw } = this.setting;
    if (draw(4) === 0) {
      const early = this.launch(where, keeping);
      await pause(40 + draw(160));
      await early.kill();
    }
    await this.launch(where, keeping).ready();
  }

  /** Lets the clients ask until `rest`, or until their connections are gone. */
  load(patienceMs?: number): void {
    this.#over = false;
    const isOver = (): boolean => this.#over;
    this.#loads = Promise.all(
      this.clients.workers.map((worker) => worker.run(this.setting.port, isOver, patienceMs)),
    );
  }

  /** Waits until the clients have stopped. */
  async rest(): Promise<void> {
    this.#over = true;
    await this.#loads;
  }

  /** Load, until a moment that chance decides. */
  async loadAWhile(patienceMs?: number): Promise<void> {
    this.load(patienceMs);
    await this.goOn();
  }

  /** Lets the clients ask on, until a moment that chance decides. */
  async goOn(): Promise<void> {
    const { draw } = this.setting;
    const { counts } = this.clients;
    const enough = counts.acknowledged + draw(LOAD_WRITES);
    await pause(LOAD_MS.least + draw(LOAD_MS.span));
    // On a busy machine little may have happened by then.
    for (let more = 0; more < MORE_PAUSES && counts.acknowledged < enough; more++) await pause(10);
  }

  /** Kills the server under load. */
  async killUnderLoad(): Promise<void> {
    await this.loadAWhile();
    await this.crash();
  }

  /** Kills the server; the clients read what is still on its way to them. */
  async crash(): Promise<void> {
    await this.server!.kill();
    await this.rest();
    this.outcome.crashes++;
    this.setting.progress();
  }

  /** Reads everything and judges it. */
  async verify(allowed: readonly Allowance[], when: string): Promise<void> {
    this.judge(await this.served(), allowed, when);
  }

  /** Judges what is served. */
  judge(served: Served, allowed: readonly Allowance[], when: string): void {
    const { ledger, counts } = this.clients;
    const judgement = ledger.judge(served, allowed);
    const { outcome } = this;
    outcome.lost += judgement.lost;
    outcome.lostSpanMs = Math.max(outcome.lostSpanMs, judgement.lostSpanMs);
    outcome.unknown += judgement.unknown;
    outcome.unknownServed += judgement.unknownServed;
    outcome.acknowledged = counts.acknowledged;
    outcome.reads = counts.reads;
    outcome.served = counts.served;
    for (const wrong of judgement.wrongs) this.complain(wrong, when);
  }

  /** Something is wrong. */
  complain(wrong: string, when: string): void {
    const { policy } = this.setting;
    this.outcome.wrongs.push(`${policy}, after crash ${this.outcome.crashes}, ${when}: ${wrong}`);
  }

  /** Everything that the server holds. */
  async served(): Promise<Served> {
    const client = await this.server!.connect();
    const ask = async (...args: readonly string[]): Promise<readonly unknown[]> => {
      client.send(args);
      const { replies } = await client.receive(1);
      const reply = replies[0] === undefined ? null : readReply(replies[0]);
      if (!Array.isArray(reply)) throw new Error(`${args[0]} is answered with ${String(reply)}`);
      return reply;
    };
    const keys = (await ask("KEYS", "*")).map(String);
    const strings = keys.length === 0 ? [] : await ask("MGET", ...keys);
    const served = new Map<string, string>();
    for (const [at, key] of keys.entries()) {
      const string = strings[at];
      const isString = string !== null && string !== undefined;
      served.set(key, isString ? String(string) : (await ask("LRANGE", key, "0", "-1")).join(","));
    }
    client.close();
    return served;
  }

  /** The server ends in peace. */
  async end(): Promise<void> {
    await this.rest();
    this.server?.signal("SIGTERM");
    if (await this.server?.endsWithin(ENDS_WITHIN_MS)) return;
    this.outcome.wrongs.push("the server does not end when it is asked to");
    await this.server?.kill();
  }

  get failed(): boolean {
    return this.outcome.wrongs.length > 0;
  }
}

/** Runs a scenario's steps and makes sure that no server outlives them. */
export async function carryOut(
  setting: Setting,
  steps: (run: Run) => Promise<void>,
): Promise<Outcome> {
  const run = new Run(setting);
  try {
    await steps(run);
  } catch (error) {
    run.outcome.wrongs.push(error instanceof Error ? error.message : String(error));
  } finally {
    await run.server?.kill();
    await run.rest();
  }
  return run.outcome;
}

/** A run on a disk that forgets what was not synced. */
export class PowerRun {
  readonly run: Run;
  readonly #survives: (draw: Draw) => Survival;
  #generation = 0;
  directory: RecordedDirectory;

  constructor(run: Run, survives: (draw: Draw) => Survival) {
    this.run = run;
    this.#survives = survives;
    this.directory = this.#next();
  }

  start(keeping?: Keeping): Promise<void> {
    const { draw } = this.run.setting;
    this.directory.setSync(Sync.works, draw(SYNC_US));
    return this.run.start(this.directory, keeping);
  }

  /** The server is dead, and the disk has what lasts. */
  losePower(): void {
    const { setting, outcome } = this.run;
    const { image, isExplained } = this.directory.afterPowerLoss(this.#survives(setting.draw));
    if (!isExplained) outcome.wrongs.push("the record does not explain what is in the directory");
    this.directory = this.#next(image);
  }

  /** Another disk, with nothing on it, and clients who expect nothing. */
  forget(): void {
    this.directory = this.#next();
    this.run.forget();
  }

  /** Starts a server and kills it as soon as it has done so much to its disk. */
  async killAtStart(changes: number): Promise<void> {
    const { directory, run } = this;
    directory.setSync(Sync.works, SLOW_SYNC_US);
    const start = directory.recordedEntries;
    const server = run.launch(directory);
    while (!server.ended && !server.isServing && directory.recordedEntries < start + changes) {
      await pause(1);
    }
    await run.crash();
  }

  #next(image?: ConstructorParameters<typeof RecordedDirectory>[2]): RecordedDirectory {
    const { home, library } = this.run.setting;
    return new RecordedDirectory(join(home, `${this.#generation++}`), library, image);
  }
}

/** Of what was not synced nothing is there, or what chance decides. */
export const either = (draw: Draw): Survival => (draw(2) === 0 ? "nothing" : draw);
/** Of what was not synced nothing is there. */
export const strict = (): Survival => "nothing";
