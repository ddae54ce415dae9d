/** What operators do to a server and its directory, and what must be true afterwards. */
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../bench/processes.ts";
import { LiveServer, pause } from "./live-server.ts";
import { NOTHING } from "./promises.ts";
import { readReply } from "./reply.ts";
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
  // A busy machine may need long for either.
  while (!second.ended && !second.isServing) await pause(10);
  const isServing = !(await second.endsWithin(second.isServing ? ENDS_WITHIN_MS : 0));
  const { exitCode, output } = second;
  await second.kill();
  if (isServing) run.complain("a second server serves the same directory", "second server");
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

/** No file may become longer: room for the space that is kept for a full disk, and as much again. */
const MOST_FILE_BYTES = 8 * 1024 * 1024;
/** The shell counts in blocks of this size. */
const BLOCK_BYTES = 512;
const VALUE_CHARS = 200_000;
/** So many values do not fit. */
const MOST_VALUES = 60;
const ANSWERS_WITHIN_MS = 5000;

/** What tells how a server is, and shows no data. */
const HEALTH: readonly (readonly string[])[] = [
  ["INFO"],
  ["CONFIG", "GET", "appendonly"],
  ["CONFIG", "SET", "maxmemory", "0"],
  ["TIME"],
  ["SLOWLOG", "LEN"],
  ["CLIENT", "LIST"],
];

/**
 * A server writes until its log must not become longer (RLIMIT_FSIZE): writes are refused in time,
 * reads and all that tells of its health are answered, and after a kill a start without any room
 * finds all that was acknowledged.
 */
export function fullDisks(setting: Setting): Promise<Outcome> {
  return carryOut(setting, async (run) => {
    for (let round = 0; round < setting.crashes && !run.failed; round++) {
      const directory = join(setting.home, `full${round}`);
      mkdirSync(directory);
      const { port, command, policy, draw } = setting;
      const limit = `ulimit -f ${MOST_FILE_BYTES / BLOCK_BYTES}; exec "$@"`;
      const program = ["/bin/sh", "-c", limit, "sh", ...command(port, directory, policy, policy)];
      const start = async (): Promise<Client> => {
        run.server = new LiveServer(program as [string, ...string[]], port, directory, {});
        // PING would say what is wrong.
        while (!run.server.isServing && !run.server.ended) await pause(10);
        return new Client(run);
      };
      const client = await start();
      const chars = VALUE_CHARS + draw(VALUE_CHARS);
      const written = await client.fill(chars);
      await client.expectRefused(["SET", "large", "v".repeat(MOST_FILE_BYTES)]);
      for (const request of HEALTH) await client.expectAnswer(request);
      await client.expectValues(written, chars);
      client.close();
      await run.crash();
      const again = await start();
      await again.expectValues(written, chars);
      // No load runs here: these are all writes and reads that there are.
      run.outcome.acknowledged += written;
      run.outcome.reads += 2 * written;
      again.close();
      await run.server!.kill();
    }
  });
}

/** A client that says what is wrong with the answers that it gets, and when it gets none. */
class Client {
  readonly #run: Run;
  readonly #wire: Promise<Awaited<ReturnType<LiveServer["connect"]>>>;

  constructor(run: Run) {
    this.#run = run;
    this.#wire = run.server!.connect();
  }

  close(): void {
    void this.#wire.then((wire) => wire.close());
  }

  /** Writes values until one is refused; says how many were not. */
  async fill(chars: number): Promise<number> {
    for (let n = 0; n < MOST_VALUES; n++) {
      const reply = await this.#ask(["SET", `fill${n}`, contentOf(n, chars)]);
      if (reply === "OK") continue;
      if (!isRefusal(reply)) this.#complain(`SET is answered with ${String(reply)}`);
      return n;
    }
    this.#complain("nothing is ever refused");
    return MOST_VALUES;
  }

  async expectRefused(request: readonly string[]): Promise<void> {
    const reply = await this.#ask(request);
    if (!isRefusal(reply)) this.#complain(`${request[0]} is answered with ${String(reply)}`);
  }

  async expectAnswer(request: readonly string[]): Promise<void> {
    const reply = await this.#ask(request);
    if (reply === null || reply instanceof Error) {
      this.#complain(`${request.join(" ")} is answered with ${String(reply)}`);
    }
  }

  async expectValues(count: number, chars: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const reply = await this.#ask(["GET", `fill${n}`]);
      if (String(reply) !== contentOf(n, chars)) this.#complain(`fill${n} is lost`);
    }
  }

  /** The reply; null when none comes in time. */
  async #ask(request: readonly string[]): Promise<unknown> {
    const wire = await this.#wire;
    wire.send(request);
    const late = pause(ANSWERS_WITHIN_MS).then(() => ({ replies: [] }));
    const { replies } = await Promise.race([wire.receive(1), late]);
    return replies[0] === undefined ? null : readReply(replies[0]);
  }

  #complain(what: string): void {
    this.#run.complain(what, "no file may become longer");
  }
}

function contentOf(n: number, chars: number): string {
  return String(n).padEnd(chars, ".");
}

function isRefusal(reply: unknown): boolean {
  return String(reply).includes("MISCONF Errors writing to the AOF file");
}
