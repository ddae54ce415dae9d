/**
 * The options of this repository's commands: each is declared once, and read, explained by `--help`
 * and refused from that declaration.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** One option, whose value is a `T`. */
export interface Option<T> {
  /** What stands for the value in the help text; null for an option that takes none. */
  readonly placeholder: string | null;
  readonly isRepeatable: boolean;
  readonly meaning: string;
  /** What happens without it, for the help text; null when there is nothing to say. */
  readonly without: string | null;
  /**
   * The value of what was given: one text each time, or `true` for an option that takes none.
   *
   * @throws OptionError
   */
  read(given: readonly (string | boolean)[]): T;
}

/** What a command is called, and what it is for, in a line. */
export interface Command {
  readonly name: string;
  readonly does: string;
  /** What may stand beside the options; nothing unless given. */
  readonly positional?: { readonly placeholder: string; readonly meaning: string };
}

type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of declared options. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

/** What a command line says. */
export type Reading<O extends Options> =
  | { readonly kind: "values"; readonly values: Values<O>; readonly positionals: readonly string[] }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "error"; readonly text: string };

/** A value that an option cannot take: what it needs. */
export class OptionError extends Error {}

/** An option that is there or not. */
export function flag(meaning: string): Option<boolean> {
  const read = (given: readonly unknown[]): boolean => given.length > 0;
  return { placeholder: null, isRepeatable: false, meaning, without: null, read };
}

/** An integer of at least 0; `otherwise` without the option. */
export function integer(meaning: string, otherwise: number): Option<number> {
  const read = (given: readonly unknown[]): number => lastInteger(given) ?? otherwise;
  return { placeholder: "N", isRepeatable: false, meaning, without: String(otherwise), read };
}

/** As `integer`; undefined without the option, and `without` says what that means. */
export function optionalInteger(meaning: string, without: string): Option<number | undefined> {
  return { placeholder: "N", isRepeatable: false, meaning, without, read: lastInteger };
}

/** A text; undefined without the option. */
export function text(placeholder: string, meaning: string): Option<string | undefined> {
  const read = (given: readonly unknown[]): string | undefined => given.at(-1) as string;
  return { placeholder, isRepeatable: false, meaning, without: null, read };
}

/** Texts, one each time that the option is given. */
export function texts(placeholder: string, meaning: string): Option<readonly string[]> {
  const read = (given: readonly unknown[]): readonly string[] => given as readonly string[];
  return { placeholder, isRepeatable: true, meaning, without: null, read };
}

function lastInteger(given: readonly unknown[]): number | undefined {
  const last = given.at(-1);
  if (last === undefined) return undefined;
  const number = Number(last);
  const isText = typeof last === "string" && last.trim() !== "";
  if (isText && Number.isSafeInteger(number) && number >= 0) return number;
  throw new OptionError(`takes an integer of at least 0, not '${last}'`);
}

/** Reads the arguments of a command. */
export function readOptions<O extends Options>(
  command: Command,
  options: O,
  args: readonly string[],
): Reading<O> {
  const error = (why: string): Reading<O> => {
    return { kind: "error", text: `${command.name}: ${why}; see ${command.name} --help` };
  };
  const config: ParseArgsOptionsConfig = { help: { type: "boolean" } };
  for (const [name, { placeholder }] of Object.entries(options)) {
    config[name] = { type: placeholder === null ? "boolean" : "string" };
  }
  const { tokens } = parseArgs({
    ...{ args: [...args], options: config, tokens: true },
    ...{ strict: false, allowPositionals: true },
  });
  const given = new Map<string, (string | boolean)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (command.positional === undefined) return error(`'${token.value}' is not an option`);
      positionals.push(token.value);
      continue;
    }
    const { name, rawName, value } = token;
    if (name === "help") return { kind: "help", text: helpText(command, options) };
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined || rawName !== `--${name}`) return error(`no option ${rawName}`);
    if (option.placeholder === null && value !== undefined)
      return error(`${rawName} takes no value`);
    // What looks like an option is one: a value that begins with dashes is written --name=--value.
    const isMissing =
      value === undefined || (token.inlineValue === false && value.startsWith("--"));
    if (option.placeholder !== null && isMissing) {
      return error(`${rawName} needs a value: ${option.placeholder}`);
    }
    given.set(name, [...(given.get(name) ?? []), value ?? true]);
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    try {
      values[name] = option.read(given.get(name) ?? []);
    } catch (refusal) {
      if (!(refusal instanceof OptionError)) throw refusal;
      return error(`--${name} ${refusal.message}`);
    }
  }
  return { kind: "values", values: values as Values<O>, positionals };
}

/** The help text of a command. */
export function helpText({ name, does, positional }: Command, options: Options): string {
  const rows: [string, string][] = positional ? [[positional.placeholder, positional.meaning]] : [];
  for (const [option, { placeholder, isRepeatable, meaning, without }] of Object.entries(options)) {
    const notes = [isRepeatable ? "may be repeated" : null, without].filter((one) => one !== null);
    const left = placeholder === null ? `--${option}` : `--${option} ${placeholder}`;
    rows.push([left, notes.length === 0 ? meaning : `${meaning} (${notes.join("; ")})`]);
  }
  rows.push(["--help", "this text"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const usage = `${name}${positional ? ` [${positional.placeholder}]` : ""} [options]`;
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `${usage}\n\n${does}\n\n${lines.join("\n")}\n`;
}

/** The values of this process' arguments. Ends the process after `--help`, and for a mistake with 2. */
export function optionsOf<O extends Options>(command: Command, options: O): Values<O> {
  return commandLineOf(command, options).values;
}

/** As `optionsOf`, with what stands beside the options. */
export function commandLineOf<O extends Options>(
  command: Command,
  options: O,
): { readonly values: Values<O>; readonly positionals: readonly string[] } {
  const reading = readOptions(command, options, process.argv.slice(2));
  if (reading.kind === "values") return reading;
  if (reading.kind === "help") {
    process.stdout.write(reading.text);
    process.exit(0);
  }
  process.stderr.write(`${reading.text}\n`);
  process.exit(2);
}
