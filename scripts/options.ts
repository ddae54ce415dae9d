/**
 * The options of this repository's commands: each is declared once, and read, explained by `--help`
 * and refused from that declaration.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** What one mention of an option gives: a text, or `true` where it takes none. */
type Given = string | true;

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
  read(given: readonly Given[]): T;
}

/** What a command is called, and what it is for, in a line. */
export interface Command {
  readonly name: string;
  readonly does: string;
  /** What may stand beside the options; nothing unless given. */
  readonly positional?: Positional;
}

/** Words beside the options. */
export interface Positional {
  readonly placeholder: string;
  readonly meaning: string;
  readonly allowed: readonly string[];
  readonly isRepeatable: boolean;
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

/** A mistake in a command line, in words that follow the command's name. */
class OptionError extends Error {}

/** An option that is there or not. */
export function flag(meaning: string): Option<boolean> {
  const read = (given: readonly Given[]): boolean => given.length > 0;
  return { placeholder: null, isRepeatable: false, meaning, without: null, read };
}

/** An integer of at least `least`; `otherwise` without the option. */
export function integer(meaning: string, otherwise: number, least = 0): Option<number> {
  const read = (given: readonly Given[]): number => lastInteger(given, least) ?? otherwise;
  return { placeholder: "N", isRepeatable: false, meaning, without: String(otherwise), read };
}

/** As `integer`; undefined without the option, and `without` says what that means. */
export function optionalInteger(
  meaning: string,
  without: string,
  least = 0,
): Option<number | undefined> {
  const read = (given: readonly Given[]): number | undefined => lastInteger(given, least);
  return { placeholder: "N", isRepeatable: false, meaning, without, read };
}

/** A text; undefined without the option. */
export function text(placeholder: string, meaning: string): Option<string | undefined> {
  const read = (given: readonly Given[]): string | undefined => given.map(String).at(-1);
  return { placeholder, isRepeatable: false, meaning, without: null, read };
}

/** Texts, one each time that the option is given. */
export function texts(placeholder: string, meaning: string): Option<readonly string[]> {
  const read = (given: readonly Given[]): readonly string[] => given.map(String);
  return { placeholder, isRepeatable: true, meaning, without: null, read };
}

/** One of `allowed`; undefined without the option. */
export function choice<T extends string>(
  placeholder: string,
  meaning: string,
  allowed: readonly T[],
): Option<T | undefined> {
  const read = (given: readonly Given[]): T | undefined =>
    given.map((one) => oneOf(allowed, String(one))).at(-1);
  return {
    ...{ placeholder, isRepeatable: false, without: null },
    ...said(meaning, allowed),
    read,
  };
}

/** Some of `allowed`: one each time that the option is given, or several with commas between. */
export function choices<T extends string>(
  placeholder: string,
  meaning: string,
  allowed: readonly T[],
): Option<readonly T[]> {
  const read = (given: readonly Given[]): readonly T[] =>
    given.flatMap((one) => String(one).split(",")).map((word) => oneOf(allowed, word));
  return { ...{ placeholder, isRepeatable: true, without: null }, ...said(meaning, allowed), read };
}

/** More than these are not said one by one. */
const MOST_SAID = 12;

function said(meaning: string, allowed: readonly string[]): { readonly meaning: string } {
  return { meaning: allowed.length > MOST_SAID ? meaning : `${meaning}: ${allowed.join(", ")}` };
}

function oneOf<T extends string>(allowed: readonly T[], word: string): T {
  const found = allowed.find((one) => one === word);
  if (found !== undefined) return found;
  const known = allowed.length > MOST_SAID ? "" : `, only ${allowed.join(", ")}`;
  throw new OptionError(`knows no '${word}'${known}`);
}

function lastInteger(given: readonly Given[], least: number): number | undefined {
  const last = given.at(-1);
  if (last === undefined) return undefined;
  const number = Number(last);
  const isText = typeof last === "string" && last.trim() !== "";
  if (isText && Number.isSafeInteger(number) && number >= least) return number;
  throw new OptionError(`takes an integer of at least ${least}, not '${last}'`);
}

/** Reads the arguments of a command. */
export function readOptions<O extends Options>(
  command: Command,
  options: O,
  args: readonly string[],
): Reading<O> {
  try {
    const mentions = mentionsIn(command, options, args);
    if (mentions === "help") return { kind: "help", text: helpText(command, options) };
    const { given, positionals } = mentions;
    const values: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(options)) {
      values[name] = readValue(name, option, given.get(name) ?? []);
    }
    return { kind: "values", values: values as Values<O>, positionals };
  } catch (mistake) {
    if (!(mistake instanceof OptionError)) throw mistake;
    const { name } = command;
    return { kind: "error", text: `${name}: ${mistake.message}; see ${name} --help` };
  }
}

/** What a command line mentions, in its order. */
interface Mentions {
  readonly given: Map<string, Given[]>;
  readonly positionals: string[];
}

/** @throws OptionError */
function mentionsIn(
  { positional }: Command,
  options: Options,
  args: readonly string[],
): Mentions | "help" {
  const config: ParseArgsOptionsConfig = { help: { type: "boolean" } };
  for (const [name, { placeholder }] of Object.entries(options)) {
    config[name] = { type: placeholder === null ? "boolean" : "string" };
  }
  const { tokens } = parseArgs({
    ...{ args: [...args], options: config, tokens: true },
    ...{ strict: false, allowPositionals: true },
  });
  const given = new Map<string, Given[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      checkPositional(positional, positionals.length, token.value);
      positionals.push(token.value);
    } else {
      const { name } = token;
      if (name === "help") return "help";
      given.set(name, [...(given.get(name) ?? []), givenBy(token, options)]);
    }
  }
  return { given, positionals };
}

/** @throws OptionError when a word may not stand behind `before` others */
function checkPositional(positional: Positional | undefined, before: number, word: string): void {
  if (positional === undefined) throw new OptionError(`'${word}' is not an option`);
  const { allowed, isRepeatable } = positional;
  if (!allowed.includes(word)) throw new OptionError(`'${word}' is none of ${allowed.join(", ")}`);
  if (before > 0 && !isRepeatable) throw new OptionError(`'${word}' is one word too many`);
}

/** An option as parseArgs has found it. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** @throws OptionError */
function givenBy({ name, rawName, value, inlineValue }: OptionToken, options: Options): Given {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) throw new OptionError(`no option ${rawName}`);
  if (option.placeholder === null) {
    if (value === undefined) return true;
    throw new OptionError(`${rawName} takes no value`);
  }
  // What looks like an option is one: a value that begins with dashes is written --name=--value.
  if (value !== undefined && (inlineValue === true || !value.startsWith("--"))) return value;
  throw new OptionError(`${rawName} needs a value: ${option.placeholder}`);
}

/** @throws OptionError that names the option */
function readValue(name: string, option: Option<unknown>, given: readonly Given[]): unknown {
  try {
    return option.read(given);
  } catch (mistake) {
    if (!(mistake instanceof OptionError)) throw mistake;
    throw new OptionError(`--${name} ${mistake.message}`);
  }
}

/** The help text of a command. */
function helpText({ name, does, positional }: Command, options: Options): string {
  const rows: [string, string][] = positional ? [[positional.placeholder, positional.meaning]] : [];
  for (const [option, { placeholder, isRepeatable, meaning, without }] of Object.entries(options)) {
    const notes = [isRepeatable ? "may be repeated" : null, without].filter((one) => one !== null);
    const left = placeholder === null ? `--${option}` : `--${option} ${placeholder}`;
    rows.push([left, notes.length === 0 ? meaning : `${meaning} (${notes.join("; ")})`]);
  }
  rows.push(["--help", "this text"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const usage = `${name}${positional ? ` [${positional.placeholder}${positional.isRepeatable ? " …" : ""}]` : ""} [options]`;
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
