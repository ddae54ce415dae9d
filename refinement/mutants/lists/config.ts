/** Bugs in the configuration. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

/** The mutants of the configuration. */
export const configMutants: readonly Mutant[] = [
  {
    name: "config-set-by-halves",
    room: "config",
    find: "        this.#restore(changes.slice(0, i), before);\n",
    replace: "",
    breaks: "CONFIG SET with a bad second value keeps the first",
    checks: [unit("impl/config/config.test.ts")],
  },
  {
    name: "kilobyte-of-a-thousand",
    room: "config",
    find: '["kb", 1024n],',
    replace: '["kb", 1000n],',
    breaks: "1kb is 1000 bytes",
    checks: [unit("impl/config/numbers.test.ts")],
    onlyInFull: true,
  },
  {
    name: "rewrite-adds-defaults",
    room: "config",
    find: "else if (force) this.#append(text);",
    replace: "else this.#append(text);",
    breaks: "CONFIG REWRITE fills the file with defaults",
    checks: [unit("impl/config/rewrite.test.ts")],
    onlyInFull: true,
  },
  {
    name: "protected-for-nobody",
    room: "config",
    find: "if (directive.protected === true && !this.#mayProtected(requester)) {",
    replace: "if (directive.protected === true && this.#mayProtected(requester)) {",
    breaks: "protected directives can be set by those who may not",
    checks: [unit("impl/config/config.test.ts")],
    onlyInFull: true,
  },
  {
    name: "refused-value-heard",
    room: "config",
    find: "for (const i of changed.slice(0, n + 1))",
    replace: "for (const i of changed.slice(n + 1))",
    breaks: "after a refused CONFIG SET listeners act on the refused values",
    checks: [unit("impl/config/config.test.ts")],
    onlyInFull: true,
  },
  {
    name: "quote-without-backslash",
    room: "config",
    find: '  "\\\\": "\\\\\\\\",\n',
    replace: "",
    breaks: "a rewritten value with a backslash reads back in another form",
    checks: [unit("impl/config/quoting.test.ts")],
    onlyInFull: true,
  },
];
