/** The ways in which a server comes to grief, over and over, and what must be true afterwards. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Sync } from "./disk/recorded-directory.ts";
import { type LiveServer, pause } from "./live-server.ts";
import { allowance, HOLD_BACK_MS, NOTHING } from "./promises.ts";
import { readReply } from "./reply.ts";
import {
  carryOut,
  ENDS_WITHIN_MS,
  either,
  type Outcome,
  PowerRun,
  type Run,
  type Setting,
  strict,
} from "./server-run.ts";

/** Entries in the record until a server without data has a directory, and until any has a log. */
const FIRST_CHANGES = 6;
const START_CHANGES = 24;

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
      await run.verify([], "power lost");
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
