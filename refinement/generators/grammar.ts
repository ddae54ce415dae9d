/** Combinators that build invocations out of words and options. */

import fc from "fast-check";
import type { TypeName } from "../../model/keyspace/index.ts";
import type { Arg, Invocation, Step } from "./step.ts";

/** A piece of a command: its words, and the options that they stand for. */
export interface Part {
  readonly words: ReadonlyArray<Arg>;
  readonly options: ReadonlyArray<string>;
}

/** Pieces, in arbitrary form. */
export type PartArbitrary = fc.Arbitrary<Part>;

/** One entry of the command table. */
export interface CommandEntry {
  /** `SET`, or `CLIENT|KILL` for a subcommand. */
  readonly name: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** Its invocations, valid and invalid. */
  readonly arbitrary: fc.Arbitrary<Invocation>;
  /** Invocations with the wrong number of arguments, if there is one. */
  readonly wrong: fc.Arbitrary<Invocation> | undefined;
  /** Options that a default run must see answered with something other than an error. */
  readonly options: ReadonlyArray<string>;
  /** Reply kinds (`replyKind` of the oracle) that a default run must see. */
  readonly replies: ReadonlyArray<string>;
  /**
   * True when its reply or effect depends on the millisecond at which it runs; `throughout` when Redis
   * reads the clock more than once meanwhile.
   */
  readonly timed: boolean | "throughout";
}

/** Steps that belong together, and that chance alone would rarely put so. */
export interface Scenario {
  /** It takes part where this command is drawn at all. */
  readonly command: string;
  /** It has clients that wait: it takes no part where no command is drawn that does. */
  readonly waits?: boolean;
  /** How often, relative to a single command's 60. */
  readonly weight: number;
  readonly steps: (cast: Cast) => fc.Arbitrary<ReadonlyArray<Step>>;
}

/** What scenarios are made of. */
export interface Cast {
  /** One of the sequence's connections. */
  readonly actor: fc.Arbitrary<number>;
  /** Any command that is drawn. */
  readonly any: fc.Arbitrary<Invocation>;
  /** Commands that give a key, whatever it held, a value of some type. */
  readonly making: fc.Arbitrary<Making>;
  /** A command that changes the key, or looks as if it did, or changes it only when it exists. */
  readonly disturbing: (key: string) => fc.Arbitrary<Invocation>;
}

/** The commands that give a key a value. */
export type Making = (key: string) => ReadonlyArray<Invocation>;

/** What is drawn of a family of commands. */
export interface Family {
  /** A name may occur more than once; its declarations add up. */
  readonly commands: ReadonlyArray<CommandEntry>;
  readonly scenarios?: ReadonlyArray<Scenario>;
  /** The type of the values that its commands are for, if they are for one. */
  readonly type?: TypeName;
  /** What its commands are for and the values of a type are not, such as an expiry: its tours meet it. */
  readonly makes?: fc.Arbitrary<Invocation>;
  /** Its commands that change a key, or look as if they did, or change it only when it exists. */
  readonly disturbances?: (key: string) => ReadonlyArray<Invocation>;
  /** Its commands change data: what they write to the log and to replicas is compared too. */
  readonly onData?: true;
}

type Word = string | fc.Arbitrary<Arg>;

const NOTHING: Part = { words: [], options: [] };

const toArbitrary = (word: Word): fc.Arbitrary<Arg> =>
  typeof word === "string" ? fc.constant(word) : word;

/** Plain words, no option. */
export function words(...list: ReadonlyArray<Word>): PartArbitrary {
  return fc.tuple(...list.map(toArbitrary)).map((all) => ({ words: all, options: [] }));
}

/** An option by its own name, followed by its arguments. */
export function option(name: string, ...list: ReadonlyArray<Word>): PartArbitrary {
  return fc
    .tuple(...list.map(toArbitrary))
    .map((all) => ({ words: [name, ...all], options: [name] }));
}

/** Words that count as the option `name` in the coverage, whatever they are. */
export function tagged(name: string, ...list: ReadonlyArray<Word>): PartArbitrary {
  return fc.tuple(...list.map(toArbitrary)).map((all) => ({ words: all, options: [name] }));
}

/** Between `minLength` and `maxLength` words of one kind. */
export function many(word: fc.Arbitrary<Arg>, minLength: number, maxLength: number): PartArbitrary {
  return fc.array(word, { minLength, maxLength }).map((all) => ({ words: all, options: [] }));
}

/** Pieces one after the other. */
export function sequence(...parts: ReadonlyArray<PartArbitrary>): PartArbitrary {
  return fc.tuple(...parts).map(join);
}

/** One of several pieces; repeat a piece to make it likelier. */
export function either(...parts: ReadonlyArray<PartArbitrary>): PartArbitrary {
  return fc.oneof(...parts);
}

/** Up to `maxCount` of the pieces in any order, now and then the same one twice. */
export function someOf(parts: ReadonlyArray<PartArbitrary>, maxCount: number): PartArbitrary {
  const counts = Array.from({ length: maxCount + 1 }, (_, count) => ({
    weight: count === 1 ? 4 : count === 0 ? 2 : 1,
    arbitrary: fc.constant(count),
  }));
  return fc
    .oneof(...counts)
    .chain((count) => fc.array(fc.oneof(...parts), { minLength: count, maxLength: count }))
    .map(join);
}

function join(parts: ReadonlyArray<Part>): Part {
  return parts.reduce(
    (all, part) => ({
      words: [...all.words, ...part.words],
      options: [...all.options, ...part.options],
    }),
    NOTHING,
  );
}

/** What an entry needs beyond its name and its arguments. */
export interface EntryFacts {
  readonly weight?: number;
  readonly options?: ReadonlyArray<string>;
  readonly replies: ReadonlyArray<string>;
  readonly timed?: boolean | "throughout";
  /** False for a command that takes any number of arguments. */
  readonly arity?: boolean;
  /** What stands behind too many arguments. */
  readonly more?: ReadonlyArray<string>;
  /** Its arguments name commands: see `zeroBytes`. */
  readonly takesNames?: true;
}

/**
 * Declares a command: its arguments as `part`, and now and then the wrong number of them or its
 * words in mixed case.
 */
export function command(name: string, part: PartArbitrary, facts: EntryFacts): CommandEntry {
  const plain = part.map((p) => ({
    name,
    options: p.options,
    args: [...name.split("|"), ...p.words],
  }));
  const wrong = facts.arity === false ? undefined : wrongArity(name, plain, facts.more);
  return {
    name,
    weight: facts.weight ?? 10,
    arbitrary: fc.oneof(
      { weight: 30, arbitrary: plain },
      { weight: 3, arbitrary: mixedCase(plain) },
      ...(facts.takesNames ? [] : [{ weight: 1, arbitrary: zeroBytes(name, plain) }]),
      ...(wrong === undefined ? [] : [{ weight: 1, arbitrary: wrong }]),
    ),
    wrong,
    options: facts.options ?? [],
    replies: facts.replies,
    timed: facts.timed ?? false,
  };
}

/** Too few or too many arguments. */
function wrongArity(
  name: string,
  plain: fc.Arbitrary<Invocation>,
  more: ReadonlyArray<string> = ["x", "1"],
): fc.Arbitrary<Invocation> {
  const nameLength = name.split("|").length;
  const kept = fc.oneof(fc.constant(0), fc.nat({ max: 4 }));
  const few = fc.tuple(plain, kept).map(([whole, count]) => ({
    name,
    options: ["(few)"],
    args: whole.args.slice(0, nameLength + count),
  }));
  const tooMany = fc.tuple(
    plain,
    fc.array(fc.constantFrom(...more), { minLength: 1, maxLength: 3 }),
  );
  return fc.oneof(
    few,
    tooMany.map(([whole, rest]) => ({
      name,
      options: ["(more)"],
      args: [...whole.args, ...rest],
    })),
  );
}

/** Letters of keywords in another case, which Redis must not mind. */
function mixedCase(plain: fc.Arbitrary<Invocation>): fc.Arbitrary<Invocation> {
  return fc.tuple(plain, fc.nat({ max: 255 })).map(([whole, mask]) => ({
    ...whole,
    args: whole.args.map((arg) =>
      typeof arg === "string" && /^[A-Z]{2,}$/.test(arg) ? alternateCase(arg, mask) : arg,
    ),
  }));
}

/**
 * A zero byte and more behind an option: Redis compares options as C strings.
 *
 * Not behind a name, its own or that of a command it asks about: there Redis hashes all bytes but
 * compares as C strings, so that it depends on its random hash seed whether such a name is known.
 */
function zeroBytes(name: string, plain: fc.Arbitrary<Invocation>): fc.Arbitrary<Invocation> {
  const nameLength = name.split("|").length;
  return fc.tuple(plain, fc.nat({ max: 255 })).map(([whole, mask]) => ({
    name: whole.name,
    options: ["(zero byte)"],
    args: whole.args.map((arg, at) =>
      at >= nameLength &&
      typeof arg === "string" &&
      /^[A-Z]{2,}$/.test(arg) &&
      (mask >> (at % 8)) & 1
        ? `${arg}\x00x`
        : arg,
    ),
  }));
}

function alternateCase(word: string, mask: number): string {
  return [...word].map((c, at) => ((mask >> (at % 8)) & 1 ? c.toLowerCase() : c)).join("");
}
