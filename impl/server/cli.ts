#!/usr/bin/env node
/** The `veridis` command: Redis' own command line, signals, logs. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { commands } from "../commands/index.ts";
import { readCommandLine } from "../config/command-line.ts";
import { describeFailure } from "../config/conf-file.ts";
import { Config } from "../config/config.ts";
import { loadConf } from "../config/load.ts";
import { describeLogFailure } from "../log/failure.ts";
import { inlineGenerously } from "../ports/node/compiler.ts";
import { confFiles, describeSystemError, fromSystem, toSystem } from "../ports/node/conf-files.ts";
import { whenLauncherIsGone } from "../ports/node/launchers.ts";
import { traceFile } from "../ports/node/trace-file.ts";
import { ListenError } from "./listen-error.ts";
import { openLog, type ServerLog, tryLogFile } from "./log.ts";
import { NodeServer, type NodeServerOptions } from "./node-server.ts";
import { refusedListeners, refusedSetting } from "./refused-settings.ts";
import { StartupStatements } from "./startup-statements.ts";
import { UsersFileError } from "./users-file-error.ts";
import { VERSION } from "./version.ts";

const HELP = `Usage: veridis [/path/to/redis.conf] [options] [-]
       veridis - (read the configuration from standard input)
       veridis -v | --version
       veridis -h | --help

A Redis-compatible data server. Options are the directives of redis.conf with two dashes in front;
they come after the file and override it.

Examples:
       veridis                      serve on 127.0.0.1:6379
       veridis --port 7000
       veridis /etc/redis/redis.conf --loglevel verbose
       echo 'maxclients 128' | veridis -

Environment:
       VERIDIS_TRACE=FILE           add the steps of the specifications to a file, as lines of JSON

Directives, their defaults and what they do: docs/DIRECTIVES.md
`;

/** What a server starts with. */
interface Setup {
  readonly config: Config;
  /** Absolute path; empty without a file. */
  readonly configFile: string;
}

/** Reads file, standard input and options; ends the process with one line when they are wrong. */
function configure(argv: readonly string[]): Setup {
  const line = readCommandLine(argv.map(fromSystem));
  const config = new Config({ directory: fromSystem(process.cwd()), enterDirectory });
  // Before `dir` changes where relative paths start.
  const configFile = line.configFile === null ? "" : fromSystem(resolve(toSystem(line.configFile)));
  // Unlike Redis' own default, which is every address: nobody else is let in by accident.
  const sources = [{ source: "defaults", text: "bind 127.0.0.1 -::1" }];
  if (line.configFile !== null) {
    const content = confFiles.readFile(line.configFile);
    if ("error" in content) {
      fail(`Fatal error, can't open config file '${line.configFile}': ${content.error}`);
    }
    sources.push({ source: line.configFile, text: content.text });
  }
  if (line.fromStdin) {
    sources.push({ source: "standard input", text: readFileSync(0, "latin1") });
  }
  if (line.options !== "") sources.push({ source: "command line", text: line.options });
  const failure = loadConf(
    config,
    sources,
    confFiles,
    new StartupStatements(config, commands).apply,
  );
  if (failure !== null) fail(describeFailure(failure));
  return { config, configFile };
}

function enterDirectory(path: string, _current: string): { value: string } | { refusal: string } {
  try {
    process.chdir(toSystem(path));
    return { value: fromSystem(process.cwd()) };
  } catch (error) {
    return { refusal: describeSystemError(error) };
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Tells a process that it is the one in the background. */
const IN_BACKGROUND = "VERIDIS_IN_BACKGROUND";

/** Starts the same server again without a terminal, and leaves. */
async function daemonize(argv: readonly string[]): Promise<void> {
  // Most starts do without it, and it takes a while to load.
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [process.argv[1]!, ...argv], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, [IN_BACKGROUND]: "yes" },
  });
  child.unref();
}

async function main(argv: readonly string[]): Promise<void> {
  inlineGenerously();
  if (argv.length === 1 && (argv[0] === "-h" || argv[0] === "--help")) {
    process.stdout.write(HELP);
    return;
  }
  if (argv.length === 1 && (argv[0] === "-v" || argv[0] === "--version")) {
    process.stdout.write(`Veridis ${VERSION}, compatible with Redis 7.0.15\n`);
    return;
  }
  const setup = configure(argv);
  const { config } = setup;
  const refusal = refusedSetting(config, process.env) ?? refusedListeners(config);
  if (refusal !== null) fail(`Fatal error: ${refusal}`);
  try {
    tryLogFile(toSystem(config.get("logfile")));
  } catch (error) {
    fail(`Can't open the log file: ${describeSystemError(error)}`);
  }
  const isInBackground = process.env[IN_BACKGROUND] !== undefined;
  delete process.env[IN_BACKGROUND];
  if (config.get("daemonize") && !isInBackground) {
    await daemonize(argv);
    return;
  }
  const log = await openLog(toSystem(config.get("logfile")), config.get("loglevel"));
  await serve(setup, log);
}

async function serve(setup: Setup, log: ServerLog): Promise<void> {
  const { config } = setup;
  log.notice(`Veridis ${VERSION}, compatible with Redis 7.0.15, PID: ${process.pid}`);
  const traceTo = process.env["VERIDIS_TRACE"];
  const pidFile = toSystem(config.get("pidfile") ?? "");
  const server = startServer(log, {
    ...setup,
    log,
    onShutdown: ({ now }) => void end("SHUTDOWN", now),
    onFatal: (failure) => {
      log.fatal(describeLogFailure(failure));
      process.exit(1);
    },
    ...(traceTo === undefined ? {} : { trace: traceFile(traceTo) }),
  });
  const end = async (cause: string, isHasty = false): Promise<void> => {
    log.warn(`Received ${cause}, scheduling shutdown...`);
    if (!isHasty && !(await server.letReplicasCatchUp())) {
      log.warn("Shutdown manually aborted.");
      return;
    }
    const error = await server.close();
    if (error !== null) log.fatal(`The append-only file was not closed cleanly: ${error}`);
    if (pidFile !== "") removePidFile(pidFile);
    log.warn("Veridis is now ready to exit, bye bye...");
    process.exit(error === null ? 0 : 1);
  };
  const endSaved = (cause: string): void => {
    if (!server.savesItself || server.saveFinally()) void end(cause);
    else log.warn(`${cause} received but errors trying to shut down the server, check the logs`);
  };
  process.on("SIGTERM", () => endSaved("SIGTERM"));
  process.on("SIGINT", () => endSaved("SIGINT"));
  // A terminal that goes away is no reason to end, as in Redis; without a listener it would be one.
  process.on("SIGHUP", () => log.notice("Received SIGHUP, which changes nothing"));
  // Without a listener Node would open a debugger's port.
  process.on("SIGUSR1", () => log.notice("Received SIGUSR1, which changes nothing"));
  whenLauncherIsGone(() => endSaved("the end of what started the server"));
  process.on("uncaughtException", (error) => {
    log.fatal(`a defect ended the server: ${error.stack ?? error.message}`);
    process.exit(1);
  });
  try {
    await server.listen(config.get("port"));
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    log.fatal(error.message);
    process.exit(1);
  }
  log.notice(`Listening on port ${server.port}`);
  // The directory is taken now: another server's pid file stays what it is.
  const loaded = server.load();
  if (pidFile !== "") writePidFile(pidFile, log);
  await loaded;
  log.notice("Ready to accept connections");
}

/** A server, unless its file of users is wrong: then the process ends. */
function startServer(log: ServerLog, options: NodeServerOptions): NodeServer {
  try {
    return new NodeServer(options);
  } catch (error) {
    if (!(error instanceof UsersFileError)) throw error;
    log.fatal(`Aborting startup because of ACL errors: ${error.message}`);
    process.exit(1);
  }
}

function removePidFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was not written either, or somebody has taken the right away: no reason to fail.
  }
}

/** A file that cannot be written is said, and no more: the server is of use without it. */
function writePidFile(path: string, log: ServerLog): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    log.warn(`Failed to write PID file: ${describeSystemError(error)}`);
  }
}

await main(process.argv.slice(2));
