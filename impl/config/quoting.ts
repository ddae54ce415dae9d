/**
 * The quoting of redis.conf lines, exactly as redis-server 7.0.15 reads and writes it.
 *
 * Texts hold one character per byte.
 */

const SPACE = /[ \t\n\v\f\r]/;
const HEX_PAIR = /^[0-9a-fA-F]{2}$/;

/** What a backslash and a letter mean inside double quotes; any other character means itself. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};

const PRINTED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\x07": "\\a",
};

/**
 * Splits a line into arguments. Double quotes know `\n`, `\r`, `\t`, `\b`, `\a`, `\xHH` and quote
 * any other character by a backslash; single quotes know only `\'`. A quote may open inside an
 * argument, and must be followed by space or the end where it closes. The line ends at a zero byte.
 *
 * @returns null when quotes are not balanced or are followed by something else than space
 */
export function splitArgs(line: string): string[] | null {
  const args: string[] = [];
  const end = line.indexOf("\0") < 0 ? line.length : line.indexOf("\0");
  const scan = { line: line.slice(0, end), at: 0 };
  for (;;) {
    while (scan.at < end && SPACE.test(line[scan.at]!)) scan.at++;
    if (scan.at >= end) return args;
    const arg = scanArg(scan);
    if (arg === null) return null;
    args.push(arg);
  }
}

interface Scan {
  readonly line: string;
  at: number;
}

function scanArg(scan: Scan): string | null {
  let arg = "";
  while (scan.at < scan.line.length) {
    const char = scan.line[scan.at++]!;
    if (char === " " || char === "\n" || char === "\r" || char === "\t") return arg;
    if (char !== '"' && char !== "'") {
      arg += char;
      continue;
    }
    const quoted = char === '"' ? scanDouble(scan) : scanSingle(scan);
    const next = scan.line[scan.at];
    if (quoted === null || (next !== undefined && !SPACE.test(next))) return null;
    return arg + quoted;
  }
  return arg;
}

function scanDouble(scan: Scan): string | null {
  let out = "";
  while (scan.at < scan.line.length) {
    const char = scan.line[scan.at++]!;
    if (char === '"') return out;
    if (char !== "\\" || scan.at === scan.line.length) {
      out += char;
      continue;
    }
    const escaped = scan.line[scan.at++]!;
    const pair = scan.line.slice(scan.at, scan.at + 2);
    if (escaped === "x" && HEX_PAIR.test(pair)) {
      out += String.fromCharCode(Number.parseInt(pair, 16));
      scan.at += 2;
    } else {
      out += ESCAPES[escaped] ?? escaped;
    }
  }
  return null;
}

function scanSingle(scan: Scan): string | null {
  let out = "";
  while (scan.at < scan.line.length) {
    const char = scan.line[scan.at++]!;
    if (char === "'") return out;
    if (char === "\\" && scan.line[scan.at] === "'") {
      out += "'";
      scan.at++;
    } else {
      out += char;
    }
  }
  return null;
}

/** Puts a text in double quotes so that `splitArgs` reads it back, byte for byte. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]|[^\x20-\x7e]/g, quoteChar)}"`;
}

function quoteChar(char: string): string {
  return PRINTED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
