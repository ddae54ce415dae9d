import { matchGlobText } from "../../resp/glob.ts";
import type { Request } from "../../resp/request.ts";
import type { Library, LibraryFunction } from "../../scripting/functions/libraries.ts";
import { ENGINE } from "../../scripting/functions/library-code.ts";
import { FLAG_WORDS } from "../../scripting/shebang.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { flag, optional } from "../shared/arguments.ts";

/** FUNCTION LIST: the libraries with their functions. */
export const FUNCTION_LIST: Command = {
  name: "list",
  arity: -2,
  flags: ["noscript"],
  acl: ["scripting"],
  tips: ["nondeterministic_output_order"],
  group: "scripting",
  since: "7.0.0",
  complexity: "O(N) in the number of functions",
  summary: "Lists libraries and their functions",
  arguments: [
    { name: "library-name-pattern", type: "string", token: "LIBRARYNAME", flags: ["optional"] },
    optional(flag("withcode")),
  ],
  handler: functionList,
};

interface ListOptions {
  readonly withCode: boolean;
  /** The argument that names the pattern; 0 without one. */
  readonly pattern: number;
}

function functionList({ instance, request, reply }: Call): void {
  const options = listOptions(request);
  if (typeof options === "string") {
    reply.error(options);
    return;
  }
  const { withCode, pattern } = options;
  const glob = pattern === 0 ? "*" : request.text(pattern);
  const shown = [...instance.data.libraries].filter(({ name }) => matchGlobText(glob, name, true));
  reply.array(shown.length);
  for (const library of shown) writeLibrary(reply, library, withCode);
}

function listOptions(request: Request): ListOptions | string {
  let withCode = false;
  let pattern = 0;
  for (let i = 2; i < request.argc; i++) {
    if (!withCode && request.is(i, "withcode")) withCode = true;
    else if (pattern === 0 && request.is(i, "libraryname")) {
      if (i + 1 === request.argc) return "ERR library name argument was not given";
      pattern = ++i;
    } else return `ERR Unknown argument ${request.cText(i)}`;
  }
  return { withCode, pattern };
}

function writeLibrary(
  reply: Call["reply"],
  { name, code, functions }: Library,
  withCode: boolean,
): void {
  reply.map(withCode ? 4 : 3);
  reply.bulkText("library_name");
  reply.bulkText(name);
  reply.bulkText("engine");
  reply.bulkText(ENGINE);
  reply.bulkText("functions");
  reply.array(functions.length);
  for (const each of functions) writeFunction(reply, each);
  if (!withCode) return;
  reply.bulkText("library_code");
  reply.bulk(code, 0, code.length);
}

function writeFunction(reply: Call["reply"], { name, description, flags }: LibraryFunction): void {
  reply.map(3);
  reply.bulkText("name");
  reply.bulkText(name);
  reply.bulkText("description");
  if (description === null) reply.nil();
  else reply.bulkText(description);
  reply.bulkText("flags");
  const words = [...FLAG_WORDS].filter(([, flag]) => (flags & flag) !== 0);
  reply.set(words.length);
  for (const [word] of words) reply.simple(word);
}
