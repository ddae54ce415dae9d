/** Libraries of functions, and calls of functions. */
import fc from "fast-check";
import {
  FAILING_STATEMENTS,
  FLAGS,
  NO_STATEMENT,
  registers,
} from "../../../model/keyspace/scripting/libraries.ts";
import {
  libraryPayloads,
  strangePayloads,
} from "../../../model/keyspace/scripting/library-payloads.ts";
import { CALL_ALL, TRY_ALL } from "../../../model/keyspace/scripting/list-scripts.ts";
import {
  type CommandEntry,
  command,
  either,
  option,
  type PartArbitrary,
  type Scenario,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import { arity, syntaxOf } from "../replies.ts";
import { call, step } from "../step.ts";
import { pick, unknownWord } from "../values.ts";
import { flushMode, runs } from "./lists.ts";

const libraryName = fc.constantFrom("lib", "other");
/** Redis ends by a library that has two names which differ in case alone. */
const functionNames = fc.uniqueArray(fc.constantFrom("f", "g", "h", "F"), {
  minLength: 1,
  maxLength: 3,
  selector: (name) => name.toLowerCase(),
});
const flags = pick<ReadonlyArray<string>>(
  [6, fc.constant([])],
  [4, fc.constant(["no-writes"])],
  [1, fc.constantFrom(["No-Writes"], ["no-writes", "allow-stale"], [...FLAGS], ["allow-oom"])],
);
const description = fc.constantFrom(null, null, null, "what it does", "");

const registering = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(flags, description, fc.constantFrom(CALL_ALL, TRY_ALL))
    .map(([flags, description, script]) => registers({ name, flags, description }, script));

const registeringAll = functionNames.chain((names) => fc.tuple(...names.map(registering)));

const header = libraryName.map((name) => `#!lua name=${name}`);
const oddHeader = fc.constantFrom(
  "#!lua",
  "#!lua name=lib name=other",
  "#!lua name=lib x=y",
  "#!py name=lib",
  "#! name=lib",
  "#!lua name=",
  "#!lua name=li-b",
  "#!LUA NAME=lib",
  "lua name=lib",
);

/** A library that can be loaded, unless others are in its way. */
const library = fc
  .tuple(header, registeringAll)
  .map(([first, statements]) => [first, ...statements].join("\n"));

const failing = fc.constantFrom(
  ...FAILING_STATEMENTS,
  NO_STATEMENT,
  registers({ name: "f", flags: ["no-such"], description: null }, TRY_ALL),
  registers({ name: "f-g", flags: [], description: null }, TRY_ALL),
);
/** A library that cannot be loaded. */
const oddLibrary = fc.oneof(
  fc.tuple(oddHeader, registering("f")).map((lines) => lines.join("\n")),
  fc
    .tuple(header, registeringAll, failing)
    .map(([first, fine, odd]) => [first, ...fine, odd].join("\n")),
  fc.tuple(header, registering("g"), registering("g")).map((lines) => lines.join("\n")),
  header.map((first) => `${first}\n`),
  header,
  fc.constant(""),
);

const code: PartArbitrary = either(
  ...[1, 2, 3].map(() => tagged("(library)", library)),
  tagged("(odd)", oddLibrary),
);

const load = command(
  "FUNCTION|LOAD",
  sequence(
    either(words(), option("REPLACE"), option("REPLACE"), tagged("(unknown)", unknownWord)),
    code,
  ),
  {
    weight: 14,
    options: ["REPLACE", "(library)"],
    replies: [
      "$",
      "-ERR Unknown option given: …",
      "-ERR Missing library metadata",
      "-ERR Invalid library metadata",
      "-ERR Invalid metadata value given: x=y",
      "-ERR Invalid metadata value, name argument was given multiple times",
      "-ERR Library name was not given",
      "-ERR Engine 'py' not found",
      "-ERR No functions registered",
      "-ERR Library 'lib' already exists",
      "-ERR Function f already exists",
      arity("function|load"),
    ],
  },
);

const payload = pick<string>(
  [12, fc.constantFrom(...libraryPayloads.keys())],
  [1, fc.constantFrom(...strangePayloads)],
  [1, fc.constantFrom("", "x", "\x0a\0", "x".repeat(20))],
);

const name = pick<string>(
  [12, fc.constantFrom("f", "g", "h")],
  [3, fc.constantFrom("F", "G")],
  [1, fc.constantFrom("", "nosuch", "\xff")],
);

const TOO_MANY_KEYS = "-ERR Number of keys can't be greater than number of args";

const fcall = command("FCALL", sequence(words(name), runs), {
  weight: 20,
  options: ["keys"],
  takesNames: true,
  replies: [
    "*n",
    "*0",
    "-ERR Function not found",
    "-ERR Bad number of keys provided",
    TOO_MANY_KEYS,
    "-ERR Number of keys can't be negative",
    arity("fcall"),
  ],
});
const fcallReadOnly = command("FCALL_RO", sequence(words(name), runs), {
  weight: 10,
  options: ["keys"],
  takesNames: true,
  replies: [
    "*n",
    "-ERR Function not found",
    "-ERR Can not execute a script with write flag using *_ro command.",
    arity("fcall_ro"),
  ],
});

/** A library is loaded, and its functions are called by whoever is connected. */
export const called: Scenario = {
  command: "FCALL",
  weight: 30,
  steps: (cast) =>
    fc
      .tuple(
        cast.actor,
        library,
        fc.array(
          fc.tuple(
            cast.actor,
            fc.oneof(
              { weight: 4, arbitrary: fcall.arbitrary },
              { weight: 2, arbitrary: fcallReadOnly.arbitrary },
              { weight: 1, arbitrary: load.arbitrary },
            ),
          ),
          { minLength: 2, maxLength: 5 },
        ),
      )
      .map(([actor, text, calls]) => [
        step(actor, call("FUNCTION|LOAD", "REPLACE", text)),
        ...calls.map(([other, one]) => step(other, one)),
      ]),
};

/** What a function needs to be called: a library. */
export const loading = fc.oneof(
  library.map((text) => call("FUNCTION|LOAD", "REPLACE", text)),
  fc
    .constantFrom(...libraryPayloads.keys())
    .map((bytes) => call("FUNCTION|RESTORE", bytes, "FLUSH")),
);

/** What there is of functions. */
export const functionCommands: ReadonlyArray<CommandEntry> = [
  load,
  fcall,
  fcallReadOnly,
  command("FUNCTION|DELETE", words(pick([4, libraryName], [1, unknownWord])), {
    weight: 5,
    takesNames: true,
    replies: ["+OK", "-ERR Library not found", arity("function|delete")],
  }),
  command(
    "FUNCTION|LIST",
    someOf(
      [
        option("WITHCODE"),
        option("LIBRARYNAME", fc.constantFrom("*", "l*", "OTHER", "?ib", "[", "")),
        tagged("(unknown)", unknownWord),
        tagged("(cut)", "LIBRARYNAME"),
      ],
      3,
    ),
    {
      weight: 10,
      arity: false,
      options: ["WITHCODE", "LIBRARYNAME"],
      replies: ["*n", "*0", "-ERR Unknown argument …", "-ERR library name argument was not given"],
    },
  ),
  command("FUNCTION|DUMP", words(), { weight: 3, replies: ["$", arity("function|dump")] }),
  command(
    "FUNCTION|RESTORE",
    sequence(
      words(payload),
      either(
        words(),
        option("FLUSH"),
        option("APPEND"),
        option("REPLACE"),
        tagged("(unknown)", unknownWord),
      ),
    ),
    {
      weight: 12,
      options: ["FLUSH", "APPEND", "REPLACE"],
      replies: [
        "+OK",
        "-ERR DUMP payload version or checksum are wrong",
        "-ERR given type is not a function",
        "-ERR Library lib already exists",
        "-ERR Library 'lib' already exists",
        "-ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
        syntaxOf("FUNCTION"),
        arity("function|restore"),
      ],
    },
  ),
  command("FUNCTION|FLUSH", flushMode, {
    weight: 3,
    options: ["SYNC", "ASYNC"],
    replies: ["+OK", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option", syntaxOf("FUNCTION")],
  }),
  command("FUNCTION|KILL", words(), {
    weight: 2,
    replies: ["-NOTBUSY No scripts in execution right now.", arity("function|kill")],
  }),
  command("FUNCTION|STATS", words(), {
    weight: 4,
    replies: ["*n", "%", arity("function|stats")],
  }),
];
