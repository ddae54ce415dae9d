/** Bugs in reading requests and writing replies. */
import { fuzz, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const FUZZ = fuzz(2000, 1);
const REPLIES = unit("impl/resp/reply.test.ts");

/** The mutants of parser and reply writer. */
export const respMutants: readonly Mutant[] = [
  {
    name: "odd-line-ends-are-journaled",
    room: "parser",
    find: "request.wireStart = unlike === 0 ? start : -1;",
    replace: "request.wireStart = start;",
    breaks: "a request with line ends that only Redis' parser overlooks goes to the log as it came",
    checks: [unit("impl/engine/effects.test.ts")],
  },
  {
    name: "bulk-without-its-end",
    room: "parser",
    find: "if (end - at < length + 2) {",
    replace: "if (end - at < length + 1) {",
    breaks: "a request is taken for whole one byte early",
    checks: [FUZZ],
  },
  {
    name: "header-searched-from-the-middle",
    room: "parser",
    find: "this.#searched = at - start > LONG_LINE_BYTES ? at - start : 0;",
    replace: "this.#searched = at - start;",
    breaks: "a short header that arrives in pieces is searched from where another line ended",
    checks: [FUZZ],
  },
  {
    name: "stranger-sends-many-arguments",
    room: "parser",
    find: "if (count > 0 && (count <= MAX_UNAUTHENTICATED_ARGUMENTS || !this.authRequired)) {",
    replace: "if (count > 0) {",
    breaks: "a client that has not authenticated makes the server keep many arguments",
    checks: [FUZZ],
    onlyInFull: true,
  },
  {
    name: "nul-does-not-hide",
    room: "parser",
    find: "if (bytes[at] === 0) this.#hidden = true;",
    replace: "",
    breaks: "a NUL in a line does not hide the rest of it",
    checks: [FUZZ],
    onlyInFull: true,
  },
  {
    name: "length-with-leading-zero",
    room: "parser",
    find: "  if (value === 0) return -1;\n",
    replace: "",
    breaks: "a length with a leading zero is accepted",
    checks: [FUZZ],
    onlyInFull: true,
  },
  {
    name: "quote-may-touch-a-word",
    room: "parser",
    find: "return cursor.at === end || isSpace(line[cursor.at]!);",
    replace: "return cursor.at === end || isSpace(line[cursor.at]!) || line[cursor.at]! > 96;",
    breaks: "an inline argument may go on behind its closing quote",
    checks: [FUZZ],
    onlyInFull: true,
  },
  {
    name: "remainder-in-shared-buffer",
    room: "parser",
    find: "      if (left > 0) this.#own.set(this.#bytes.subarray(this.#at, this.#end));\n",
    replace: "",
    breaks: "the rest of a split request is another connection's bytes",
    checks: [FUZZ],
  },
  {
    name: "nil-in-the-old-protocol",
    room: "reply writer",
    find: 'this.raw(this.protocol === 2 ? "$-1\\r\\n" : "_\\r\\n");',
    replace: 'this.raw("$-1\\r\\n");',
    breaks: "nil is RESP2's in RESP3",
    checks: [refine(4000, 1, "strings")],
  },
  {
    name: "large-integer-wraps",
    room: "reply writer",
    find: "while (value > 0x3fffffff) {",
    replace: "while (value > 0xffffffff) {",
    breaks: "integers from 2^31 to 2^32 are printed as their 32-bit remainder",
    checks: [REPLIES],
  },
  {
    name: "error-with-line-break",
    room: "reply writer",
    find: 'this.#line(45, /[\\r\\n]/.test(text) ? text.replace(/[\\r\\n]/g, " ") : text);',
    replace: "this.#line(45, text);",
    breaks: "an error that repeats a client's line break is two replies",
    checks: [REPLIES],
    onlyInFull: true,
  },
  {
    name: "verbatim-length-without-format",
    room: "reply writer",
    find: "this.#header(61, text.length + 4);",
    replace: "this.#header(61, text.length);",
    breaks: "a verbatim string announces too few bytes",
    checks: [REPLIES],
    onlyInFull: true,
  },
];
