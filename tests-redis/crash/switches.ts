/** The log and its policy are switched while the server runs, which crashes before, meanwhile and after. */
import { Sync } from "./disk/recorded-directory.ts";
import type { Served } from "./evidence.ts";
import type { Allowance } from "./ledger.ts";
import { pause } from "./live-server.ts";
import { Change, HOLD_BACK_MS, type Policy, Promises } from "./promises.ts";
import { readReply } from "./reply.ts";
import {
  carryOut,
  either,
  type Outcome,
  PowerRun,
  type Run,
  type Setting,
  SLOW_SYNC_US,
  SYNC_US,
} from "./server-run.ts";

/** Entries in the record until a log has been begun, on a disk without one and where one has been. */
const FIRST_CHANGES = 29;
const BEGIN_CHANGES = 17;
/** A change that is not acknowledged in this time never is. */
const ACKNOWLEDGED_WITHIN_MS = 20_000;
/** A data set with so many values of this size is written in several pieces. */
const LARGE_VALUES = 4;
const LARGE_CHARS = 400_000;
const POLICIES: readonly Policy[] = ["always", "everysec", "no"];

/**
 * A server is told to begin a log while it is under load, now and then to end it and to begin
 * again, and is killed or robbed of power. Its directory holds nothing, or an older log: of other
 * clients, whose data must come back whole or not at all, or of the same ones.
 */
export function logSwitches(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const switches = new LogSwitches(run);
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await switches.serveWithoutLog();
      await switches.crash();
      await switches.judge();
    }
  });
}

class LogSwitches {
  readonly #run: Run;
  readonly #power: PowerRun;
  #promises = new Promises("nothing");
  /** What the directory's log holds; null when it is the clients' own. */
  #older: Served | null = new Map();
  /** The clients know what the server holds. */
  #isKnown = false;
  /** The changes that begin a log, since there was none. */
  #begins: Change[] = [];

  constructor(run: Run) {
    this.#run = run;
    this.#power = new PowerRun(run, either);
  }

  /** Brings about a server under load whose log, if there is one in its directory, has ended. */
  async serveWithoutLog(): Promise<void> {
    const { draw } = this.#run.setting;
    this.#begins = [];
    if (this.#isKnown && draw(2) === 0) {
      this.#older = null;
      await this.#run.loadAWhile();
      await this.#switch("nothing");
      return;
    }
    if (this.#run.server !== null && draw(3) === 0) await this.#run.end();
    else await this.#run.server?.kill();
    if (draw(2) === 0) {
      this.#power.forget();
      this.#older = new Map();
    } else {
      this.#run.forget();
    }
    await this.#power.start("nothing");
    this.#promises = new Promises("nothing");
    if (draw(3) === 0) await this.#writeLargeValues();
    await this.#run.loadAWhile();
  }

  /** One more client, whose values are large. */
  async #writeLargeValues(): Promise<void> {
    const { server, clients } = this.#run;
    const { ledger, counts, workers } = clients;
    const keys = Array.from({ length: LARGE_VALUES }, (_, at) => `${workers[0]!.name}:large${at}`);
    const client = await server!.connect();
    ledger.addWriter("large", keys);
    for (const key of keys) {
      const value = key.repeat(LARGE_CHARS / key.length);
      const number = ledger.send("large", new Map([[key, value]]), new Map());
      const askedMs = performance.now();
      client.send(["SET", key, value]);
      const { replies } = await client.receive(1);
      if (replies[0]?.toString() !== "+OK\r\n") throw new Error(`${key} cannot be written`);
      ledger.learn("large", number, { askedMs, atMs: performance.now() });
      counts.acknowledged++;
    }
    client.close();
  }

  /** Switches, and crashes: before, in the middle, as soon as it is acknowledged, or later. */
  async crash(): Promise<void> {
    const run = this.#run;
    const { draw, policy } = run.setting;
    if (draw(4) === 0) {
      await this.#switch(policy);
      await run.goOn();
      await this.#switch("nothing");
      await run.goOn();
    }
    const when = draw(8);
    if (when >= 3) await this.#begin();
    else if (when >= 1) await this.#switch(policy);
    if (when === 2) await run.goOn();
    await run.crash();
  }

  /** Begins a log, and waits until so much of that is done as chance decides. */
  async #begin(): Promise<void> {
    const { setting } = this.#run;
    const { directory } = this.#power;
    directory.setSync(Sync.works, SLOW_SYNC_US);
    const isFirst = this.#older?.size === 0 && this.#begins.length === 0;
    const changes = isFirst ? FIRST_CHANGES : BEGIN_CHANGES;
    const until = directory.recordedEntries + setting.draw(changes);
    const change = this.#order(setting.policy);
    await settled(change, () => directory.recordedEntries >= until);
  }

  async #switch(to: Policy | "nothing"): Promise<void> {
    const change = this.#order(to);
    await settled(change);
    if (change.refusal !== null) throw new Error(change.refusal);
  }

  /** The next client that sends something asks for it, too. */
  #order(to: Policy | "nothing"): Change {
    const change = new Change(to, ["CONFIG", "SET", "appendonly", to === "nothing" ? "no" : "yes"]);
    if (to !== "nothing") this.#begins.push(change);
    this.#promises.add(change);
    this.#run.clients.orders.push(change);
    return change;
  }

  /** Starts a server with a log on what is left, and judges what it serves. */
  async judge(): Promise<void> {
    const run = this.#run;
    const { draw, policy } = run.setting;
    run.clients.orders.length = 0;
    const isPowerLost = draw(2) === 0;
    if (isPowerLost) this.#power.losePower();
    await this.#power.start();
    const when = `log switched, ${isPowerLost ? "power lost" : "killed"}`;
    const promised = isPowerLost ? this.#promises.afterPowerLoss() : this.#promises.afterKill();
    const served = await run.served();
    this.#isKnown = !this.#isOlder(served);
    if (this.#isKnown) run.judge(served, [...promised, ...this.#inWhole()], when);
    if (this.#isKnown && this.#isUntouched) run.complain("nobody asked for another log", when);
    this.#older = served;
    this.#promises = new Promises(policy);
    if (!this.#isKnown || run.failed || draw(3) > 0) return;
    await run.killUnderLoad();
    this.#power.losePower();
    await this.#power.start();
    this.#older = await run.served();
    run.judge(this.#older, this.#promises.afterPowerLoss(), "log switched, served, power lost");
    this.#promises = new Promises(policy);
  }

  /** Whether other clients' log is what is served, to the last key, and may be. */
  #isOlder(served: Served): boolean {
    const older = this.#older;
    if (older === null || this.#begins.some(({ isAcked }) => isAcked)) return false;
    return (
      older.size === served.size && [...older].every(([key, value]) => served.get(key) === value)
    );
  }

  /** No client has asked for a log in place of the one of other clients. */
  get #isUntouched(): boolean {
    return this.#older !== null && !this.#begins.some(({ isSent }) => isSent);
  }

  /** A log that begins and is not acknowledged holds the whole data set, if it is there at all. */
  #inWhole(): readonly Allowance[] {
    if (this.#older === null) return [];
    return this.#begins.slice(0, 1).map(({ sentMs }) => ({ lose: "nothing", untilMs: sentMs }));
  }
}

/** `appendfsync` is changed under load, and power is lost. */
export function policySwitches(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const power = new PowerRun(run, either);
    await power.start();
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      const switches = new PolicySwitches(run, power);
      await run.loadAWhile();
      if (setting.draw(8) === 0) await switches.whileSyncHangs();
      else await switches.several();
      await run.crash();
      await switches.end();
      power.losePower();
      await power.start();
      await run.verify(switches.promises.afterPowerLoss(), "policy switched, power lost");
    }
  });
}

/** Changes of the policy of one server process. */
class PolicySwitches {
  readonly #run: Run;
  readonly #power: PowerRun;
  readonly promises: Promises;
  #policy: Policy;
  readonly #questions: Promise<void>[] = [];

  constructor(run: Run, power: PowerRun) {
    this.#run = run;
    this.#power = power;
    this.#policy = run.setting.policy;
    this.promises = new Promises(this.#policy);
  }

  /** One to three; the crash is to come as soon as the last is acknowledged, earlier or later. */
  async several(): Promise<void> {
    const { draw } = this.#run.setting;
    for (let left = draw(3); left >= 0; left--) {
      this.#power.directory.setSync(Sync.works, draw(2) === 0 ? SLOW_SYNC_US : draw(SYNC_US));
      const change = this.#change(POLICIES.filter((policy) => policy !== this.#policy)[draw(2)]!);
      if (left === 0 && draw(3) === 0) {
        await pause(draw(10));
        return;
      }
      await settled(change);
      if (draw(2) === 0) await this.#run.goOn();
    }
  }

  /** To and fro between what `everysec` promises and more, longer than it lets anything wait. */
  async whileSyncHangs(): Promise<void> {
    const { draw } = this.#run.setting;
    this.#power.directory.setSync(Sync.hangs);
    const untilMs = performance.now() + HOLD_BACK_MS + 500 + draw(1500);
    while (performance.now() < untilMs) {
      this.#change(this.#policy === "everysec" ? "always" : "everysec", true);
      await pause(100 + draw(900));
    }
  }

  /** The server is gone. */
  async end(): Promise<void> {
    await Promise.all(this.#questions);
    this.#run.clients.orders.length = 0;
  }

  /** Has one of the clients ask amid its own requests, or somebody who waits for nothing else. */
  #change(to: Policy, isAlone = this.#run.setting.draw(2) === 0): Change {
    const change = new Change(to, ["CONFIG", "SET", "appendfsync", to]);
    this.#policy = to;
    this.promises.add(change);
    if (isAlone) this.#questions.push(this.#ask(change));
    else this.#run.clients.orders.push(change);
    return change;
  }

  async #ask(change: Change): Promise<void> {
    const client = await this.#run.server!.connect().catch(() => null);
    if (client === null) return;
    change.sentMs = performance.now();
    client.send(change.request);
    const { replies } = await client.receive(1);
    client.close();
    if (replies[0] === undefined) return;
    const reply = readReply(replies[0]);
    if (reply === "OK") change.ackedMs = performance.now();
    else this.#run.complain(`${change.request.join(" ")}: ${String(reply)}`, "policy switched");
  }
}

/** Waits until a change is acknowledged or refused, or until it `isEnough`. */
async function settled(change: Change, isEnough = (): boolean => false): Promise<void> {
  const untilMs = performance.now() + ACKNOWLEDGED_WITHIN_MS;
  while (change.isPending && !isEnough()) {
    if (performance.now() > untilMs) {
      throw new Error(`${change.request.join(" ")} is not acknowledged`);
    }
    await pause(1);
  }
}
