/** Functions: the libraries that have them, and how they are called. */
import { Result } from "effect";
import { answer, argument, become, misused } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { matchesAnyCase } from "../glob.ts";
import { integerArgument } from "../numbers.ts";
import {
  type Bytes,
  bulk,
  error,
  integer,
  map,
  nil,
  ok,
  oneOf,
  type Reply,
  satisfies,
  set,
  simple,
  unordered,
} from "../reply.ts";
import { NO_KEYS, NO_LIBRARIES, type State } from "../state.ts";
import { word } from "../text.ts";
import { argumentsOf, runList } from "./eval.ts";
import {
  bodyOf,
  findFunction,
  join,
  type Libraries,
  type Library,
  type LibraryFunction,
  type Refusals,
  refuseAll,
  withLibrary,
} from "./libraries.ts";
import { libraryPayloads, strangePayloads } from "./library-payloads.ts";

const withLibraries = (state: State, libraries: Libraries): State => ({ ...state, libraries });

/** FUNCTION LOAD [REPLACE] code */
export const functionLoad: Meaning = (call) => {
  const options = call.args.slice(2, -1);
  const unknown = options.find((option) => word(option) !== "replace");
  if (unknown !== undefined) return fail("UnknownLoadOption", unknown);
  const loaded = withLibrary(call.state.libraries, call.args.at(-1)!, options.length > 0);
  if (Result.isFailure(loaded)) return refused(call, loaded.failure);
  const { libraries, name } = loaded.success;
  return become(withLibraries(call.state, libraries), bulk(name));
};

/** Any of the errors. */
const refused = (call: Call, [first, ...more]: Refusals): ReturnType<Meaning> =>
  more.length === 0
    ? Result.fail(first)
    : answer(call, oneOf([first, ...more].map(({ text }) => error(text))));

/** FUNCTION DELETE name */
export const functionDelete: Meaning = (call) => {
  const libraries = new Map(call.state.libraries);
  return libraries.delete(argument(call, 2))
    ? become(withLibraries(call.state, libraries))
    : fail("NoSuchLibrary");
};

/** FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE] */
export const functionList: Meaning = (call) => {
  let pattern: Bytes | undefined;
  let withCode = false;
  for (let i = 2; i < call.args.length; i += 1) {
    const option = word(argument(call, i));
    if (option === "withcode" && !withCode) withCode = true;
    else if (option === "libraryname" && pattern === undefined) {
      i += 1;
      if (i === call.args.length) return fail("NoLibraryPattern");
      pattern = argument(call, i);
    } else return fail("UnknownListOption", argument(call, i));
  }
  const wanted = pattern ?? "*";
  const shown = [...call.state.libraries].filter(([name]) => matchesAnyCase(wanted, name));
  return answer(call, listOf(new Map(shown), withCode));
};

/** How libraries are listed, with their code or without. */
export const listOf = (libraries: Libraries, withCode: boolean): Reply =>
  unordered([...libraries.values()].map((library) => libraryReply(library, withCode)));

const libraryReply = ({ name, code, functions }: Library, withCode: boolean): Reply =>
  map([
    [bulk("library_name"), bulk(name)],
    [bulk("engine"), bulk("LUA")],
    [bulk("functions"), unordered(functions.map(functionReply))],
    ...(withCode ? [[bulk("library_code"), bulk(code)] as const] : []),
  ]);

const functionReply = ({ name, description, flags }: LibraryFunction): Reply =>
  map([
    [bulk("name"), bulk(name)],
    [bulk("description"), description === null ? nil : bulk(description)],
    [bulk("flags"), set(flags.map(simple))],
  ]);

/** FUNCTION STATS: no function runs while another command does. */
export const functionStats: Meaning = (call) => {
  const libraries = [...call.state.libraries.values()];
  const functions = libraries.reduce((sum, each) => sum + each.functions.length, 0);
  const counts = map([
    [bulk("libraries_count"), integer(libraries.length)],
    [bulk("functions_count"), integer(functions)],
  ]);
  return answer(
    call,
    map([
      [bulk("running_script"), nil],
      [bulk("engines"), map([[bulk("LUA"), counts]])],
    ]),
  );
};

/** Version 10 in two bytes, and a checksum of eight. */
const FOOTER_BYTES = 10;

const aPayload = satisfies(
  "a payload of libraries",
  (reply) =>
    reply._tag === "Bulk" &&
    reply.bytes.length >= FOOTER_BYTES &&
    reply.bytes.slice(-FOOTER_BYTES).startsWith("\x0a\0"),
);

/** FUNCTION DUMP */
export const functionDump: Meaning = (call) => answer(call, aPayload);

/** FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE] */
export const functionRestore: Meaning = (call) => {
  if (call.args.length > 4) return misused(call);
  const policy = word(call.args[3] ?? "append");
  if (!["append", "flush", "replace"].includes(policy)) return fail("RestorePolicy");
  const codes = libraryPayloads.get(argument(call, 2));
  if (codes === undefined)
    return fail(strangePayloads.has(argument(call, 2)) ? "NoFunctionPayload" : "WrongPayload");
  const { libraries } = call.state;
  const joined = Result.gen(function* () {
    const others = yield* restored(codes);
    if (policy === "flush") return others;
    const taken = [...others.keys()].filter((name) => libraries.has(name));
    if (policy === "append") yield* refuseAll(taken, "RestoredLibraryExists");
    return yield* join(libraries, others);
  });
  return Result.isFailure(joined)
    ? refused(call, joined.failure)
    : become(withLibraries(call.state, joined.success));
};

/** The libraries of those codes, none of which may be there twice. */
const restored = (codes: ReadonlyArray<Bytes>): Result.Result<Libraries, Refusals> =>
  codes.reduce<Result.Result<Libraries, Refusals>>(
    (before, code) =>
      Result.flatMap(before, (libraries) =>
        Result.map(withLibrary(libraries, code, false), (loaded) => loaded.libraries),
      ),
    Result.succeed(NO_LIBRARIES),
  );

const isFlushMode = (mode: Bytes | undefined): boolean =>
  mode === undefined || ["sync", "async"].includes(word(mode));

/** FUNCTION FLUSH [ASYNC | SYNC] */
export const functionFlush: Meaning = (call) => {
  if (call.args.length > 3) return misused(call);
  return isFlushMode(call.args[2])
    ? become(withLibraries(call.state, NO_LIBRARIES), ok)
    : fail("FunctionFlushMode");
};

/** SCRIPT FLUSH [ASYNC | SYNC] */
export const scriptFlush: Meaning = (call) =>
  call.args.length <= 3 && isFlushMode(call.args[2])
    ? become({ ...call.state, scripts: NO_KEYS })
    : fail("ScriptFlushMode");

/** Whether a call of a function may take memory: as long as its flags do not say otherwise. */
export const takesMemory = (call: Call): boolean => {
  const found = findFunction(call.state.libraries, argument(call, 1));
  const modest = ["no-writes", "allow-oom"];
  return found !== undefined && !found.called.flags.some((flag) => modest.includes(flag));
};

/** FCALL and FCALL_RO name numkeys [key ...] [arg ...] */
export const fcall =
  (isReadOnly: boolean): Meaning =>
  (call) => {
    const found = findFunction(call.state.libraries, argument(call, 1));
    if (found === undefined) return fail("NoSuchFunction");
    if (Result.isFailure(integerArgument(argument(call, 2)))) return fail("BadFunctionKeys");
    return Result.flatMap(argumentsOf(call), (argv) => {
      const forbidsWrites = found.called.flags.includes("no-writes");
      if (call.unwritable !== undefined && !forbidsWrites)
        return fail("UnwritableFunction", call.unwritable);
      if (isReadOnly && !forbidsWrites) return fail("WritingScript");
      const { script, line } = bodyOf(found.library, found.called);
      const trace = ` script: ${found.called.name}, on @user_function:${line}.`;
      const { endsAtError } = script;
      const { isOut, ...roomy } = call;
      const within = found.called.flags.includes("allow-oom") ? roomy : call;
      return Result.succeed(runList(within, { endsAtError, trace }, argv, forbidsWrites));
    });
  };
