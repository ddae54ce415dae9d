import { closeSync, openSync, writeSync } from "node:fs";
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
    : file === ""
      ? pino.destination({ dest: 1, sync: true })
      : lineByLine(file);
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

/**
 * A file that is opened for each line, as Redis does: when it has been rotated away, the next line
 * makes it anew. A line that cannot be written is lost, and the server goes on.
 */
function lineByLine(file: string): pino.DestinationStream {
  return {
    write: (line) => {
      try {
        appendTo(file, line);
      } catch {}
    },
  };
}

function appendTo(file: string, line: string): void {
  const descriptor = openSync(file, "a");
  try {
    writeSync(descriptor, line);
  } finally {
    closeSync(descriptor);
  }
}

/** Opens the log file once, to see whether that can be done. Throws the system's error. */
export function tryLogFile(file: string): void {
  if (file !== "") closeSync(openSync(file, "a"));
}

async function prettyTerminal(): Promise<pino.DestinationStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({ colorize: true, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" });
}
