/** COMMAND: what the server knows about its commands. */
import { Result } from "effect";
import { answer } from "../call.ts";
import { arityFits, type Call, type Find, type FoundCommand, type Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { namedKeys } from "../named-keys.ts";
import { array, type Bytes, bulk, nil, type Reply, satisfies } from "../reply.ts";
import * as shapes from "../shapes.ts";
import { lower, word } from "../text.ts";

const isDescription = (reply: Reply): boolean =>
  reply._tag === "Array" && reply.items.length === 10;

/** COMMAND */
export const command: Meaning = (call) => answer(call, shapes.list("descriptions", isDescription));

/** COMMAND COUNT */
export const count: Meaning = (call) => answer(call, shapes.count);

/** A command by its own name, in which a subcommand follows a bar. */
const findOwnName = (find: Find, name: Bytes): FoundCommand | undefined => {
  const found = find(name.split("|"));
  return found._tag === "Found" && found.name === lower(name) ? found : undefined;
};

/** COMMAND INFO [name ...]: unknown names have a null in their place */
export const info: Meaning = (call) => {
  const names = call.args.slice(2);
  if (names.length === 0) return command(call);
  return answer(call, array(names.map((name) => description(call.find, name))));
};

const description = (find: Find, name: Bytes): Reply => {
  const found = findOwnName(find, name);
  if (found === undefined) return nil;
  return satisfies(`a description of ${found.name}`, (reply) => {
    if (reply._tag !== "Array" || reply.items.length !== 10) return false;
    const [shown, arity] = reply.items;
    const isNamed = shown !== undefined && shapes.textOf(shown) === found.name;
    return isNamed && arity?._tag === "Integer" && arity.value === BigInt(found.command.arity);
  });
};

/** COMMAND DOCS [name ...]: unknown names are left out */
export const docs: Meaning = (call) => {
  const names = call.args.slice(2);
  const known = names.flatMap((name) => findOwnName(call.find, name)?.name ?? []);
  const isDocs = (value: Reply): boolean => shapes.pairsOf(value) !== undefined;
  return answer(
    call,
    satisfies(`the documentation of ${known.join(", ")}`, (reply) => {
      const pairs = shapes.pairsOf(reply);
      if (pairs === undefined || !pairs.every(([, text]) => isDocs(text))) return false;
      const shown = pairs.map(([name]) => shapes.textOf(name));
      return names.length === 0 || shown.join() === known.join();
    }),
  );
};

/** COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern] */
export const list: Meaning = (call) => {
  const [, , option, kind, ...values] = call.args;
  const isFilter =
    word(option ?? "") === "filterby" &&
    ["module", "aclcat", "pattern"].includes(word(kind ?? "")) &&
    values.length === 1;
  if (option !== undefined && !isFilter) return fail("Syntax");
  return answer(
    call,
    shapes.list("names", (item) => shapes.textOf(item) !== undefined),
  );
};

/** COMMAND GETKEYS command [argument ...] */
export const getkeys: Meaning = (call) =>
  Result.flatMap(inspectedKeys(call), (keys) => answer(call, array(keys.map(bulk))));

/** COMMAND GETKEYSANDFLAGS command [argument ...] */
export const getkeysandflags: Meaning = (call) =>
  Result.flatMap(inspectedKeys(call), (keys) =>
    answer(call, array(keys.map((key) => array([bulk(key), flags])))),
  );

const flags = satisfies(
  "flags",
  (reply) =>
    (reply._tag === "Array" || reply._tag === "Set") &&
    reply.items.every((item) => item._tag === "Simple"),
);

const inspectedKeys = (call: Call): Result.Result<ReadonlyArray<Bytes>, CommandError> => {
  const inspected = call.args.slice(2);
  const found = call.find(inspected);
  if (found._tag === "Missing") return fail("UnknownCommandToInspect");
  const { command } = found;
  if (command.keys === undefined) return fail("CommandWithoutKeys");
  if (!arityFits(command, inspected.length)) return fail("ArityToInspect");
  const keys = namedKeys(command.keys, inspected);
  return keys === null ? fail("ArityToInspect") : Result.succeed(keys);
};
