/** Mutants of functions: of the libraries that have them, and of what runs them. */
import { oracle, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const FUNCTIONS = unit("impl/commands/scripting/functions.test.ts");
const BESIDE_REDIS = unit("refinement/oracle/functions.test.ts");
const REPLAYED = unit("impl/server/functions.test.ts");
const LIBRARIES = unit("impl/rdb/libraries.test.ts");
const STEPS = refine(6000, 1, "scripting");

/** The mutants of functions. */
export const functionMutants: readonly Mutant[] = [
  {
    name: "library-restored-beside-others",
    room: "session",
    find: 'if (policy === "flush") for (const { name } of [...this.libraries]) this.remove(name);',
    replace: "",
    breaks: "FUNCTION RESTORE with FLUSH leaves the libraries that were there",
    checks: [FUNCTIONS, STEPS],
  },
  {
    name: "library-takes-a-name-twice",
    room: "session",
    find: "    if (collision === null) return loaded;",
    replace: "    if (collision === null || replaces) return loaded;",
    breaks: "a library loaded with REPLACE may have a function of another library's name",
    checks: [STEPS, FUNCTIONS],
  },
  {
    name: "library-survives-flush",
    room: "session",
    find: "    this.libraries.clear();\n    this.engine.reset();",
    replace: "    this.engine.reset();",
    breaks: "FUNCTION FLUSH forgets what is compiled, and no library",
    checks: [FUNCTIONS, STEPS],
  },
  {
    name: "library-load-without-effect",
    room: "commands",
    find: "  instance.data.changes.add(1);\n  reply.bulkText(loaded.name);",
    replace: "  reply.bulkText(loaded.name);",
    breaks: "a library that is loaded reaches neither log nor replicas",
    checks: [REPLAYED, STEPS],
  },
  {
    name: "library-code-lies-in-the-read-buffer",
    room: "commands",
    find: "new Uint8Array(bytes.subarray(start, start + lengths[last]!))",
    replace: "bytes.subarray(start, start + lengths[last]!)",
    breaks: "a library's code changes with what clients send next",
    checks: [STEPS],
  },
  {
    name: "function-name-minds-case",
    room: "scripting",
    find: "return this.#functions.get(name.toLowerCase());",
    replace: "return this.#functions.get(name);",
    breaks: "FCALL finds no function by its name in another case",
    checks: [FUNCTIONS, STEPS],
  },
  {
    name: "function-keeps-the-globals-of-the-load",
    room: "scripting",
    find: "    this.loading = null;\n    this.#show(this.#sandbox.shownGlobals);",
    replace: "    this.loading = null;",
    breaks: "functions see what libraries see while they are loaded",
    checks: [FUNCTIONS, BESIDE_REDIS],
  },
  {
    name: "function-registers-at-any-time",
    room: "scripting",
    find: "    this.loading = null;\n    this.#show(this.#sandbox.shownGlobals);",
    replace: "    this.#show(this.#sandbox.shownGlobals);",
    breaks: "a function that has kept register_function registers others when it runs",
    checks: [FUNCTIONS, BESIDE_REDIS],
  },
  {
    name: "function-judged-as-any-script",
    room: "session",
    find: "  if (flags === null || (flags & FLAG.compatible) !== 0) return record;",
    replace: "  if (flags !== undefined) return record;",
    breaks: "beyond maxmemory a function that writes begins to run",
    checks: [BESIDE_REDIS],
  },
  {
    name: "log-begins-without-libraries",
    room: "session",
    find: "    for (const { code } of this.libraries) {",
    replace: "    for (const { code } of [...this.libraries].slice(1)) {",
    breaks: "a log that begins later lacks the first library",
    checks: [REPLAYED, FUNCTIONS],
  },
  {
    name: "library-of-old-is-its-description",
    room: "engine",
    find: "  if (reader.length() !== 0) takeString(reader);",
    replace: "  reader.length();",
    breaks: "a library in the form of release candidates has its description for code",
    checks: [LIBRARIES],
  },
  {
    name: "model-function-minds-case",
    room: "model",
    find: "library.functions.find((each) => lower(each.name) === lower(name))",
    replace: "library.functions.find((each) => each.name === name)",
    breaks: "the model tells functions apart by case",
    checks: [oracle(3000, 1, "scripting"), STEPS],
  },
  {
    name: "model-restore-replaces-by-default",
    room: "model",
    find: 'const policy = word(call.args[3] ?? "append");',
    replace: 'const policy = word(call.args[3] ?? "replace");',
    breaks: "the model lets FUNCTION RESTORE replace libraries unless it is told not to",
    checks: [oracle(3000, 1, "scripting"), STEPS],
  },
];
