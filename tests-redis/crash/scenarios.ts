/** The ways in which a server comes to grief, over and over, and what must be true afterwards. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { encodeRequest } from "../../refinement/wire/client.ts";
import type { Draw, Survival } from "./disk/image.ts";
import { RecordedDirectory, Sync } from "./disk/recorded-directory.ts";
import type { Allowance, Served } from "./ledger.ts";
import { type Command, LiveServer, pause } from "./live-server.ts";
import { readReply } from "./reply.ts";
import { createClients, type Shared } from "./workload.ts";

/** When the server's log is synced: a value of `appendfsync`. */
export type Policy = "always" | "everysec" | "no";

/** What a scenario needs. */
export interface Setting {
  readonly policy: Policy;
  /** How often the server is to crash. */
  readonly crashes: number;
  /** A directory of its own, which exists. */
  readonly home: string;
  readonly port: number;
  /** The command that serves `directory` on `port`. */
  readonly command: (port: number, directory: string, policy: Policy) => Command;
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
const SYNC_US = 6000;
/** `everysec` holds replies back when the oldest that is not synced is this old. */
const HOLD_BACK_MS = 2000;
/** The server looks at the clock ten times a second, and the clients' clock is another one. */
const TOLERANCE_MS = 150;
/** An fsync that takes so long that a kill in time hits it, in microseconds. */
const SLOW_SYNC_US = 15_000;
/** Entries in the record until a server without data has a directory, and until any has a log. */
const FIRST_CHANGES = 6;
const START_CHANGES = 24;
/** A server whose fsync failed must have ended in this time. */
const ENDS_WITHIN_MS = 5000;

const NOTHING: Allowance = { lose: "nothing" };

/** What a loss of power may cost. */
function allowance(policy: Policy): Allowance {
  if (policy === "always") return NOTHING;
  if (policy === "no") return { lose: "anything" };
  return { lose: "span", spanMs: HOLD_BACK_MS + TOLERANCE_MS };
}

/** The data directory: an ordinary one by its path, or one on a disk that forgets. */
type Where = string | RecordedDirectory;

/** One server after the other on the same data, and its clients. */
class Run {
  readonly setting: Setting;
  readonly outcome: Outcome;
  clients: Shared;
  server: LiveServer | null = null;
  #loads: Promise<unknown> = Promise.resolve();
  #over = true;

  constructor(setting: Setting) {
    this.setting = setting;
    const log = { wrongs: [], counts: { acknowledged: 0, reads: 0, timeouts: 0 } };
    this.clients = createClients(CLIENTS, setting.draw, log);
    const none = { crashes: 0, acknowledged: 0, reads: 0, unknown: 0, unknownServed: 0, lost: 0 };
    this.outcome = { ...none, lostSpanMs: 0, wrongs: log.wrongs };
  }

  /** Other clients, who know of no data. */
  forget(): void {
    this.clients = createClients(CLIENTS, this.setting.draw, this.clients);
  }

  /** Starts a server, which need not be ready. */
  launch(where: Where): LiveServer {
    assert.ok(this.server === null || this.server.ended, "one server at a time");
    const { port, policy, command } = this.setting;
    const directory = typeof where === "string" ? where : where.path;
    const environment = typeof where === "string" ? {} : where.prepareStart();
    this.server = new LiveServer(command(port, directory, policy), port, directory, environment);
    return this.server;
  }

  /** Starts a server; with a chance, one that is killed while it starts before that. */
  async start(where: Where): Promise<void> {
    const { draw } = this.setting;
    if (draw(4) === 0) {
      const early = this.launch(where);
      await pause(40 + draw(160));
      await early.kill();
    }
    await this.launch(where).ready();
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
    const { draw } = this.setting;
    const { counts } = this.clients;
    const enough = counts.acknowledged + draw(LOAD_WRITES);
    this.load(patienceMs);
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
  async verify(allowed: Allowance, when: string): Promise<void> {
    const { ledger, counts } = this.clients;
    const judgement = ledger.judge(await this.#served(ledger.keys), allowed);
    const { outcome } = this;
    outcome.lost += judgement.lost;
    outcome.lostSpanMs = Math.max(outcome.lostSpanMs, judgement.lostSpanMs);
    outcome.unknown += judgement.unknown;
    outcome.unknownServed += judgement.unknownServed;
    outcome.acknowledged = counts.acknowledged;
    outcome.reads = counts.reads;
    const where = `${this.setting.policy}, after crash ${outcome.crashes}, ${when}`;
    outcome.wrongs.push(...judgement.wrongs.map((wrong) => `${where}: ${wrong}`));
  }

  async #served(keys: readonly string[]): Promise<Served> {
    const client = await this.server!.connect();
    client.sendRaw(encodeRequest(["MGET", ...keys]));
    const { replies } = await client.receive(1);
    client.close();
    const values = replies[0] === undefined ? null : readReply(replies[0]);
    if (!Array.isArray(values)) throw new Error(`no values: ${String(values)}`);
    return new Map(
      keys.flatMap((key, at) => (values[at] === null ? [] : [[key, String(values[at])] as const])),
    );
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
async function carryOut(setting: Setting, steps: (run: Run) => Promise<void>): Promise<Outcome> {
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

/** SIGKILL at random moments, on the machine's own disk: the page cache stays. */
export function kills(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const directory = join(setting.home, "data");
    mkdirSync(directory);
    await run.start(directory);
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.killUnderLoad();
      await run.start(directory);
      await run.verify(NOTHING, "killed");
    }
    await run.end();
    await run.start(directory);
    await run.verify(NOTHING, "ended in peace");
    await run.end();
  });
}

/** A run on a disk that forgets what was not synced. */
class PowerRun {
  readonly run: Run;
  readonly #survives: (draw: Draw) => Survival;
  #generation = 0;
  directory: RecordedDirectory;

  constructor(run: Run, survives: (draw: Draw) => Survival) {
    this.run = run;
    this.#survives = survives;
    this.directory = this.#next();
  }

  start(): Promise<void> {
    const { draw } = this.run.setting;
    this.directory.setSync(Sync.works, draw(SYNC_US));
    return this.run.start(this.directory);
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
const either = (draw: Draw): Survival => (draw(2) === 0 ? "nothing" : draw);
const strict = (): Survival => "nothing";

/** Loss of power at random moments. */
export function powerLosses(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const power = new PowerRun(run, either);
    await power.start();
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.killUnderLoad();
      power.losePower();
      await power.start();
      await run.verify(allowance(setting.policy), "power lost");
    }
  });
}

/**
 * Crashes of a server that is starting, on data and on a disk without any: what it does to serve
 * must be as safe as what it does then.
 */
export function starts(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const { draw } = setting;
    const power = new PowerRun(run, strict);
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.server?.kill();
      const isFirst = draw(2) === 0;
      if (isFirst) power.forget();
      for (let times = 1 + draw(3); times > 0; times--) {
        await power.killAtStart(1 + draw(isFirst ? FIRST_CHANGES : START_CHANGES));
        if (draw(3) === 0) power.losePower();
      }
      await power.start();
      await run.verify(NOTHING, "killed at the start");
      await run.killUnderLoad();
      power.losePower();
      await power.start();
      await run.verify(allowance(setting.policy), "killed at the start, served, power lost");
    }
  });
}

/**
 * Loss of power on a disk whose fsync does nothing, or under a policy without fsync: what is lost
 * proves that the other scenarios could have found it.
 */
export function lossesThatShow(setting: Setting, lies: boolean): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const power = new PowerRun(run, strict);
    await power.start();
    while (run.outcome.crashes < setting.crashes) {
      if (lies) power.directory.setSync(Sync.lies);
      await run.killUnderLoad();
      power.losePower();
      await power.start();
      await run.verify({ lose: "anything" }, "power lost");
    }
  });
}

/**
 * An fsync fails: the server must end, the next one must serve everything acknowledged, and that
 * must last although the disk has lost what the fsync should have covered.
 */
export function failingSyncs(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const power = new PowerRun(run, strict);
    await power.start();
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.loadAWhile();
      power.directory.setSync(Sync.fails);
      const ended = await run.server!.endsWithin(ENDS_WITHIN_MS);
      if (!ended) run.outcome.wrongs.push("the server goes on although an fsync has failed");
      if (run.server!.exitCode === 0) run.outcome.wrongs.push("it ends as if all were well");
      await run.crash();
      await power.start();
      await run.verify(NOTHING, "fsync failed");
      await run.server!.kill();
      power.losePower();
      await power.start();
      await run.verify(NOTHING, "fsync failed, served again, power lost");
    }
  });
}

/** An fsync hangs: `always` acknowledges nothing, `everysec` at most for 2 s. Then power is lost. */
export function hangingSyncs(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const power = new PowerRun(run, strict);
    await power.start();
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.loadAWhile();
      power.directory.setSync(Sync.hangs);
      if (setting.draw(3) === 0) await hangAWhile(run, power);
      await pause(hangMs(setting));
      await run.crash();
      power.losePower();
      await power.start();
      await run.verify(allowance(setting.policy), "fsync hung, power lost");
    }
  });
}

/** Long enough for `everysec` to hold back for some time. */
function hangMs({ policy, draw }: Setting): number {
  return policy === "everysec" ? HOLD_BACK_MS + 500 + draw(1500) : draw(400);
}

/** An fsync hangs, and goes on: so does the server. */
async function hangAWhile(run: Run, power: PowerRun): Promise<void> {
  const { draw } = run.setting;
  await pause(draw(300));
  power.directory.setSync(Sync.works);
  const before = run.clients.counts.acknowledged;
  for (let tries = 0; tries < 100 && run.clients.counts.acknowledged === before; tries++) {
    await pause(50);
  }
  if (run.clients.counts.acknowledged === before) {
    run.outcome.wrongs.push("after an fsync that took long the server acknowledges nothing more");
  }
  power.directory.setSync(Sync.hangs);
}

/** SIGSTOP and SIGCONT: the clients give up, the server goes on, and nothing is lost. */
export function halts(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const directory = join(setting.home, "data");
    mkdirSync(directory);
    await run.start(directory);
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.loadAWhile(PATIENCE_MS);
      run.server!.signal("SIGSTOP");
      await pause(PATIENCE_MS + 100 + setting.draw(300));
      await run.rest();
      run.server!.signal("SIGCONT");
      await run.server!.ready();
      await quiet(run.server!);
      await run.verify(NOTHING, "halted");
      await run.killUnderLoad();
      await run.start(directory);
      await run.verify(NOTHING, "halted and killed");
    }
    if (run.clients.counts.timeouts === 0) run.outcome.wrongs.push("no client ever gave up");
    await run.end();
  });
}

/** A client of a server that is halted waits this long. */
const PATIENCE_MS = 200;

/** Waits until the server has done what clients that are gone had asked for. */
async function quiet(server: LiveServer): Promise<void> {
  for (;;) {
    const client = await server.connect();
    client.send(["CLIENT", "LIST"]);
    const { replies } = await client.receive(1);
    client.close();
    const clients = String(replies[0] === undefined ? "" : readReply(replies[0]));
    if (clients.trim().split("\n").length === 1) return;
    await pause(10);
  }
}
