/** What operators do to a server and its directory, and what must be true afterwards. */
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../bench/processes.ts";
import { LiveServer, pause } from "./live-server.ts";
import { NOTHING } from "./promises.ts";
import { carryOut, ENDS_WITHIN_MS, type Outcome, type Run, type Setting } from "./server-run.ts";

/** Where the log is in the data directory: Redis' own name. */
const LOG_DIRECTORY = "appendonlydir";

/** What the second server must say. */
const IN_USE = /The directory \S+ is in use by process \d+ on /;

/**
 * Somebody starts a second server on the directory of one that is under load: it must end with one
 * line, and the first one must go on as if nothing had been.
 */
export function secondServers(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const directory = join(setting.home, "data");
    mkdirSync(directory);
    await run.start(directory);
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.loadAWhile();
      await refuseSecond(run, directory);
      await run.goOn();
      await run.crash();
      await run.start(directory);
      await run.verify(NOTHING, "a second server was started");
    }
    await run.end();
  });
}

async function refuseSecond(run: Run, directory: string): Promise<void> {
  const { policy, command } = run.setting;
  const port = await freePort();
  const second = new LiveServer(command(port, directory, policy, policy), port, directory, {});
  const ended = await second.endsWithin(ENDS_WITHIN_MS);
  const { exitCode, output } = second;
  await second.kill();
  if (!ended) run.complain("a second server serves the same directory", "second server");
  else if (exitCode !== 1 || !IN_USE.test(output)) {
    run.complain(`a second server exits with ${exitCode}: ${output}`, "second server");
  }
  if (run.server!.ended) run.complain("the first server has ended", "second server");
}

/**
 * Somebody moves the log away from under a server under load, as a whole or a file of it. It must
 * end; once the log is back in its place a start finds all that was acknowledged.
 */
export function movedLogs(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    const directory = join(setting.home, "data");
    const aside = join(setting.home, "aside");
    mkdirSync(directory);
    await run.start(directory);
    while (run.outcome.crashes < setting.crashes && !run.failed) {
      await run.loadAWhile();
      const files = readdirSync(join(directory, LOG_DIRECTORY));
      const needed = files.filter((name) => /\.(?:aof|manifest|lock)$/.test(name));
      const moved = join(
        directory,
        LOG_DIRECTORY,
        ["", ...needed][setting.draw(needed.length + 1)]!,
      );
      renameSync(moved, aside);
      if (!(await run.server!.endsWithin(ENDS_WITHIN_MS))) {
        run.complain(`the server goes on although ${moved} is gone`, "log moved");
      }
      if (run.server!.exitCode === 0) run.complain("it ends as if all were well", "log moved");
      await run.crash();
      renameSync(aside, moved);
      await pause(setting.draw(20));
      await run.start(directory);
      await run.verify(NOTHING, "log moved away and back");
    }
    await run.end();
  });
}
