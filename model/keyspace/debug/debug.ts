/** DEBUG: the subcommands that tests rely on. */
import { answer, argument, lookup, misused, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { commandError, fail } from "../errors.ts";
import { array, bulk, error, integer, map, nil, ok, oneOf, type Reply, set } from "../reply.ts";
import * as shapes from "../shapes.ts";
import { oneLine, word } from "../text.ts";

/** DEBUG subcommand [argument] */
export const debug: Meaning = (call) => {
  const name = word(argument(call, 1));
  if (call.args.length === 2) return debugAlone(call, name);
  return call.args.length === 3 ? debugWith(call, name) : misused(call);
};

const debugAlone = (call: Call, name: string) => {
  if (name === "help") return answer(call, shapes.help(call));
  return name === "change-repl-id" ? answer(call, ok) : misused(call);
};

const debugWith = (call: Call, name: string) => {
  if (["sleep", "set-active-expire", "log"].includes(name)) return answer(call, ok);
  if (name === "error") return answer(call, error(oneLine(argument(call, 2))));
  if (name === "object") return describeObject(call);
  return name === "protocol" ? showProtocol(call) : misused(call);
};

/** DEBUG OBJECT finds what is there, keys that have expired and that Redis has not met included. */
const describeObject = (call: Call) => {
  const key = argument(call, 2);
  const entry = lookup(call, key);
  if (entry !== undefined) return answer(call, lineAbout(entry.value.encoding));
  if (!call.state.lingering[session(call).database]?.has(key)) return fail("NoSuchKey");
  return answer(call, oneOf([error(commandError("NoSuchKey").text), lineAbout("")]));
};

const lineAbout = (encoding: string): Reply => {
  const parts = ["Value at:", ` encoding:${encoding}`, " serializedlength:"];
  const isAbout = (text: string): boolean => parts.every((part) => text.includes(part));
  return shapes.text(`a line about ${encoding}`, isAbout);
};

const bool = (value: boolean): Reply => ({ _tag: "Bool", value });
const numbers: ReadonlyArray<Reply> = [integer(0), integer(1), integer(2)];

/** One reply of each kind that both protocols have. */
const samples: Readonly<Record<string, Reply>> = {
  string: bulk("Hello World"),
  integer: integer(12345),
  double: { _tag: "Double", text: "3.141" },
  null: nil,
  array: array(numbers),
  set: set(numbers),
  map: map(numbers.map((number, i) => [number, bool(i === 1)])),
  true: bool(true),
  false: bool(false),
  verbatim: { _tag: "Verbatim", format: "txt", text: "This is a verbatim\nstring" },
};

const showProtocol = (call: Call) => {
  const kind = word(argument(call, 2));
  const sample = Object.hasOwn(samples, kind) ? samples[kind] : undefined;
  return sample === undefined ? fail("DebugProtocolName") : answer(call, sample);
};
