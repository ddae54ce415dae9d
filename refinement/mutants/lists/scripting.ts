/** Mutants of scripts and of what runs them. */
import { refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const EVAL = unit("impl/commands/scripting/eval.test.ts");
const SCRIPTS = refine(6000, 1, "scripting,strings,lists,transactions");

const BUSY = unit("impl/server/busy.test.ts");
const ORDER = unit("impl/server/busy-order.test.ts");

/** The mutants of scripts. */
export const scriptMutants: readonly Mutant[] = [
  {
    name: "script-selects-for-its-caller",
    room: "session",
    find: "this.session.database = session.database;",
    replace: "this.session.database = Math.max(this.session.database, session.database);",
    breaks: "a script begins in the database that the one before has selected",
    checks: [EVAL, SCRIPTS],
  },
  {
    name: "script-effects-beside-its-commands",
    room: "session",
    find: "    call.withoutEffect();\n    caller.begin(session, start);",
    replace: "    caller.begin(session, start);",
    breaks: "EVAL itself is an effect beside those of its commands",
    checks: [EVAL],
  },
  {
    name: "script-read-only-writes",
    room: "session",
    find: "if (script.isReadOnly && record.mayReplicate) {",
    replace: "if (script.isReadOnly && record.runsQueue) {",
    breaks: "a read-only script writes",
    checks: [EVAL, SCRIPTS],
  },
  {
    name: "script-silenced-effects-stay",
    room: "session",
    find: "if (before !== null) effects.dropSince(before);",
    replace: "if (before !== null && this.isReadOnly) effects.dropSince(before);",
    breaks: "what a script does under REPL_NONE reaches log and replicas",
    checks: [EVAL],
  },
  {
    name: "script-large-integers-wrap",
    room: "scripting",
    find: "if (n >= 0 && n <= INT_MAX) return item;",
    replace: "if (n >= 0 || n <= INT_MAX) return item;",
    breaks: "string.format prints integers of 32 bits",
    checks: [EVAL],
  },
  {
    name: "script-globals-writable",
    room: "scripting",
    find: "  return protection.refuse(state);",
    replace: "  return 0;",
    breaks: "rawset and setmetatable on a readonly table fail without a word",
    checks: [EVAL],
  },
  {
    name: "script-cache-forgets-case",
    room: "scripting",
    find: "this.#scripts.get(sha.toLowerCase())",
    replace: "this.#scripts.get(sha)",
    breaks: "EVALSHA does not find a script by its SHA-1 in upper case",
    checks: [EVAL, SCRIPTS],
  },
  {
    name: "busy-shows-data",
    room: "session",
    find: "busy: ({ runsWhileBusy }) => !runsWhileBusy,",
    replace: "busy: ({ isWrite }) => isWrite,",
    breaks: "a read shows what a script that still runs has written",
    checks: [ORDER, BUSY],
  },
  {
    name: "busy-cuts-the-unit",
    room: "session",
    find: "  instance.data.effects.putAside();\n",
    replace: "  instance.data.effects.commit();\n  instance.data.effects.putAside();\n",
    breaks: "a crash takes a part of a script that was left",
    checks: [ORDER, BUSY],
  },
  {
    name: "busy-kills-writers",
    room: "session",
    find: "    if (hasWritten) return UNKILLABLE;\n",
    replace: "",
    breaks: "SCRIPT KILL ends a script that has written",
    checks: [ORDER, BUSY],
  },
  {
    name: "busy-time-passes",
    room: "session",
    find: "  instance.time.freeze(true);\n",
    replace: "",
    breaks: "a key's time comes within a script that was left",
    checks: [BUSY],
  },
  {
    name: "busy-waits-within-pcall",
    room: "scripting",
    find: "return threads.mayLeave(state) ? threads.pcall(state) : this.#pcall(state);",
    replace: "return this.#pcall(state);",
    breaks: "a script cannot be left while pcall protects a call",
    checks: [BUSY],
  },
  {
    name: "busy-serves-waiters",
    room: "server",
    find: "  serveReady(): void {\n    if (this.instance.isBusy) return;\n",
    replace: "  serveReady(): void {\n",
    breaks: "who waits is served in the middle of a script",
    checks: [BUSY],
  },
];
