/**
 * The libraries of functions that the model knows: a first line, and behind it statements, one on
 * each line. A function's body is that of a script of `list-scripts.ts`.
 */
import { Result, Schema } from "effect";
import { Bytes } from "../bytes.ts";
import { type CommandError, commandError, fail } from "../errors.ts";
import { cString, lower } from "../text.ts";
import { LIST_SCRIPTS, type ListScript } from "./list-scripts.ts";

/** What functions say of themselves, in the order in which LIST shows it. */
export const FLAGS: ReadonlyArray<Bytes> = [
  "no-writes",
  "allow-oom",
  "allow-stale",
  "no-cluster",
  "allow-cross-slot-keys",
];

/** A function as LIST shows it. */
const LibraryFunction = Schema.Struct({
  name: Bytes,
  description: Schema.NullOr(Bytes),
  /** In the order of `FLAGS`. */
  flags: Schema.Array(Bytes),
});
/** A function as LIST shows it. */
export interface LibraryFunction extends Schema.Schema.Type<typeof LibraryFunction> {}

/** A library. */
export const Library = Schema.Struct({
  name: Bytes,
  code: Bytes,
  functions: Schema.Array(LibraryFunction),
});
/** A library. */
export interface Library extends Schema.Schema.Type<typeof Library> {}

/** The statement that registers a function: in the form of a table when there is more to say. */
export const registers = (
  { name, description, flags }: LibraryFunction,
  { text }: ListScript,
): Bytes => {
  const body = `function(KEYS, ARGV) ${text} end`;
  if (description === null && flags.length === 0)
    return `redis.register_function('${name}', ${body})`;
  const fields = [
    `function_name='${name}'`,
    ...(description === null ? [] : [`description='${description}'`]),
    ...(flags.length === 0 ? [] : [`flags={${flags.map((flag) => `'${flag}'`).join(", ")}}`]),
    `callback=${body}`,
  ];
  return `redis.register_function{${fields.join(", ")}}`;
};

/** Statements that fail, and their errors: with their line in front where Lua itself raises them. */
const FAILING: ReadonlyMap<Bytes, { readonly text: Bytes; readonly isOfLua?: true }> = new Map([
  ["x = 1", { text: "Attempt to modify a readonly table", isOfLua: true }],
  [
    "redis.call('ping')",
    {
      text: "Script attempted to access nonexistent global variable 'call'",
      isOfLua: true,
    },
  ],
  [
    "redis.register_function('f')",
    {
      text: "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
    },
  ],
  [
    "redis.register_function('f', 1)",
    { text: "second argument to redis.register_function must be a function" },
  ],
  [
    "redis.register_function{callback=function() end}",
    { text: "redis.register_function must get a function name argument" },
  ],
]);

/** Statements that fail. */
export const FAILING_STATEMENTS: ReadonlyArray<Bytes> = [...FAILING.keys()];
/** A statement that does not compile. */
export const NO_STATEMENT: Bytes = "return return";

/** A function that is registered: its body, and the line that it stands on. */
export interface Registered extends LibraryFunction {
  readonly script: ListScript;
  readonly line: number;
}

const REGISTERS =
  /^redis\.register_function(?:\('([^']*)', (function.*end)\)|\{function_name='([^']*)'(?:, description='([^']*)')?(?:, flags=\{([^}]*)\})?, callback=(function.*end)\})$/;

/** Runs a statement: the function that it registers, or its error. */
const runStatement = (text: Bytes, line: number): Result.Result<Registered, Bytes> => {
  const failing = FAILING.get(text);
  if (failing !== undefined) {
    const where = failing.isOfLua ? `user_function:${line}: ` : "";
    return Result.fail(`ERR ${where}${failing.text}`);
  }
  const [, plainName, plainBody, namedName, description, flagList, namedBody] =
    REGISTERS.exec(text) ?? [];
  const name = plainName ?? namedName;
  const body = plainBody ?? namedBody;
  const script = LIST_SCRIPTS.find((each) => body === `function(KEYS, ARGV) ${each.text} end`);
  if (name === undefined || script === undefined)
    throw new Error("the model does not know the statement");
  const said = (flagList ?? "").split(", ").map((flag) => flag.slice(1, -1));
  if (flagList !== undefined && !said.every((flag) => FLAGS.includes(lower(flag))))
    return Result.fail("ERR unknown flag given");
  const flags = FLAGS.filter((flag) => said.some((each) => lower(each) === flag));
  if (!isName(name)) return Result.fail(`ERR ${NAME_RULE}`);
  return Result.succeed({ name, description: description ?? null, flags, script, line });
};

const NAME_RULE =
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

const isName = (name: Bytes): boolean => /^[a-zA-Z0-9_]+$/.test(name);

/** What a library's first line says: its name. */
const readHeader = (code: Bytes): Result.Result<Bytes, CommandError> => {
  if (!code.startsWith("#!")) return fail("LibraryMetadata", "Missing");
  const end = cString(code).indexOf("\n");
  if (end < 0) return fail("LibraryMetadata", "Invalid");
  const [engine = "", ...words] = code.slice(2, end).split(" ");
  const strange = words.find((word) => !lower(word).startsWith("name="));
  if (strange !== undefined) return fail("LibraryOption", strange);
  if (words.length > 1) return fail("LibraryNamedTwice");
  if (words.length === 0) return fail("LibraryWithoutName");
  const name = words[0]!.slice("name=".length);
  if (!isName(name)) return fail("LibraryName");
  return lower(engine) === "lua" ? Result.succeed(name) : fail("NoSuchEngine", engine);
};

/** The functions that a library registers when it is loaded. */
const readStatements = (code: Bytes): Result.Result<ReadonlyArray<Registered>, CommandError> => {
  const [, ...statements] = code.split("\n");
  const broken = statements.indexOf(NO_STATEMENT);
  if (broken >= 0) return fail("LibrarySyntax", broken + 2);
  const functions: Array<Registered> = [];
  for (const [i, statement] of statements.entries()) {
    if (statement === "") continue;
    const registered = runStatement(statement, i + 2);
    if (Result.isFailure(registered)) return fail("LibraryFails", registered.failure);
    if (functions.some(({ name }) => name === registered.success.name))
      return fail("LibraryFails", "ERR Function already exists in the library");
    functions.push(registered.success);
  }
  return functions.length > 0 ? Result.succeed(functions) : fail("NoFunctions");
};

/** Where libraries are, by name. */
export type Libraries = ReadonlyMap<Bytes, Library>;

/** The function of that name, whatever its case, with the library that has it. */
export const findFunction = (
  libraries: Libraries,
  name: Bytes,
): { readonly library: Library; readonly called: LibraryFunction } | undefined => {
  for (const library of libraries.values()) {
    const called = library.functions.find((each) => lower(each.name) === lower(name));
    if (called !== undefined) return { library, called };
  }
  return undefined;
};

/** The body of a function of a library, and the line that it stands on. */
export const bodyOf = ({ code }: Library, { name }: LibraryFunction): Registered =>
  Result.getOrThrow(readStatements(code)).find((each) => each.name === name)!;

/** Why libraries are refused: where several reasons hold, Redis tells any of them. */
export type Refusals = readonly [CommandError, ...CommandError[]];

const refuse = <A>(result: Result.Result<A, CommandError>): Result.Result<A, Refusals> =>
  Result.mapError(result, (error) => [error] as const);

/** One refusal for each of the names; nothing when there are none. */
export const refuseAll = (
  names: ReadonlyArray<Bytes>,
  error: "FunctionExists" | "RestoredLibraryExists",
): Result.Result<void, Refusals> => {
  const [first, ...more] = names.map((name) => commandError(error, name));
  return first === undefined ? Result.succeed(undefined) : Result.fail([first, ...more]);
};

/** Libraries, and one more of that code; it may take the place of one of its name. */
export const withLibrary = (
  libraries: Libraries,
  code: Bytes,
  replaces: boolean,
): Result.Result<{ readonly libraries: Libraries; readonly name: Bytes }, Refusals> =>
  Result.gen(function* () {
    const name = yield* refuse(readHeader(code));
    if (libraries.has(name) && !replaces) return yield* refuse(fail("LibraryExists", name));
    const registered = yield* refuse(readStatements(code));
    const functions = registered.map(({ name, description, flags }) => ({
      name,
      description,
      flags,
    }));
    const joined = yield* join(libraries, new Map([[name, { name, code, functions }]]));
    return { libraries: joined, name };
  });

/** Libraries and others, which take the place of those of their names. */
export const join = (
  libraries: Libraries,
  others: Libraries,
): Result.Result<Libraries, Refusals> => {
  const staying = new Map([...libraries].filter(([name]) => !others.has(name)));
  const added = [...others.values()].flatMap(({ functions }) => functions.map(({ name }) => name));
  const taken = added.filter((name) => findFunction(staying, name) !== undefined);
  return Result.map(refuseAll(taken, "FunctionExists"), () => new Map([...staying, ...others]));
};
