/**
 * The command line in Redis' form: `[redis.conf] [--name value …] [-]`.
 *
 * Texts hold one character per byte.
 */
import { quote, splitArgs } from "./quoting.ts";

/** What a command line asks for. */
export interface CommandLine {
  /** The configuration file, if one is named. */
  readonly configFile: string | null;
  /** Configuration is also read from the standard input, after the file. */
  readonly fromStdin: boolean;
  /** The options as lines of a configuration file, to be read last. */
  readonly options: string;
}

/** Options that may stand without a value before another option. */
const MAY_LACK_VALUE: ReadonlyMap<string, string> = new Map([
  ["--save", '""'],
  ["--sentinel", ""],
]);

/**
 * Reads the arguments behind the program's name.
 *
 * Each `--name` begins a line and what follows are its arguments, even `--words` where a value is
 * due. `--save` without a value means no snapshots. A lone `-` at the start or the end reads the
 * standard input.
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const first = argv[0];
  const configFile = first !== undefined && !first.startsWith("-") ? first : null;
  let fromStdin = false;
  let options = "";
  let valueDue = false;
  for (let i = configFile === null ? 0 : 1; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg === "-" && (i === 0 || i === argv.length - 1)) {
      fromStdin = true;
    } else if (!valueDue && arg.startsWith("--")) {
      options += `${options === "" ? "" : "\n"}${arg.slice(2)} `;
      if (splitArgs(arg)?.length !== 1) continue;
      const replacement = missingValue(arg, argv[i + 1]);
      if (replacement === null) valueDue = true;
      else options += replacement;
    } else {
      options += `${quote(arg)} `;
      valueDue = false;
    }
  }
  return { configFile, fromStdin, options };
}

/** What stands in for the value of an option that may lack one and does; null when one is due. */
function missingValue(option: string, next: string | undefined): string | null {
  if (next !== undefined && !next.startsWith("--")) return null;
  return MAY_LACK_VALUE.get(option.toLowerCase()) ?? null;
}
