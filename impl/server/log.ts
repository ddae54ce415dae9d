import pino from "pino";

/** Levels by the words of the `loglevel` directive. */
const LEVELS = { debug: "trace", verbose: "debug", notice: "info", warning: "warn" } as const;

/** The server's log. */
export interface ServerLog {
  verbose(message: string): void;
  notice(message: string): void;
  warn(message: string): void;
  fatal(message: string): void;
  setLevel(level: keyof typeof LEVELS): void;
}

/** A log that says nothing: the default of embedded servers. */
export const silentLog: ServerLog = {
  verbose: () => {},
  notice: () => {},
  warn: () => {},
  fatal: () => {},
  setLevel: () => {},
};

/**
 * Opens the log: lines for people on a terminal, JSON when piped or in a file. Written at once, so
 * that the last lines before an end are there.
 *
 * @param file path of the log file; empty for the standard output
 */
export async function openLog(file: string, level: keyof typeof LEVELS): Promise<ServerLog> {
  const isTerminal = file === "" && process.stdout.isTTY;
  const destination = isTerminal
    ? await prettyTerminal()
    : pino.destination({ dest: file === "" ? 1 : file, sync: true, append: true });
  const logger = pino({ level: LEVELS[level], base: { pid: process.pid } }, destination);
  return {
    verbose: (message) => logger.debug(message),
    notice: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    fatal: (message) => logger.fatal(message),
    setLevel: (word) => {
      logger.level = LEVELS[word];
    },
  };
}

async function prettyTerminal(): Promise<pino.DestinationStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({ colorize: true, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" });
}
