/**
 * What Redis 7.0.15 makes of the bytes that a client sends, said as plainly as possible: one string
 * with a character per byte, looked at from the start for each request. It judges the parser, so it
 * shares nothing with it.
 */

/** The requests in order and how the input ends: `more`, or the protocol error. */
export type Verdict = { readonly requests: string[][]; readonly end: string };

export type ReferenceOptions = {
  readonly authRequired: boolean;
  readonly maxBulkBytes: number;
  /**
   * The longest line before its end. 64 KB is what Redis allows when bytes come one by one; a line
   * that comes in larger reads may be longer (see `lenientVerdict`).
   */
  readonly maxLineBytes: number;
};

export const LINE_BYTES = 65536;

/** Judges `input` as if its bytes came one by one. */
export function strictVerdict(
  input: string,
  options: Omit<ReferenceOptions, "maxLineBytes">,
): Verdict {
  return verdict(input, { ...options, maxLineBytes: LINE_BYTES });
}

/** Judges `input` as if it came in one read. */
export function lenientVerdict(
  input: string,
  options: Omit<ReferenceOptions, "maxLineBytes">,
): Verdict {
  return verdict(input, { ...options, maxLineBytes: Number.POSITIVE_INFINITY });
}

class ProtocolError extends Error {}
class NeedsMore extends Error {}

function verdict(input: string, options: ReferenceOptions): Verdict {
  const requests: string[][] = [];
  let rest = input;
  try {
    while (rest !== "") {
      const [args, length] = rest.startsWith("*")
        ? multibulk(rest, options)
        : inline(rest, options);
      if (args.length > 0) requests.push(args);
      rest = rest.slice(length);
    }
  } catch (error) {
    if (error instanceof NeedsMore) return { requests, end: "more" };
    if (error instanceof ProtocolError) return { requests, end: error.message };
    throw error;
  }
  return { requests, end: "more" };
}

/** The first line of `text` without its terminator, provided that nothing hides its end. */
function firstLine(
  text: string,
  terminator: string,
  tooBig: string,
  options: ReferenceOptions,
): string {
  const visible = text.split("\0", 1)[0] ?? "";
  const end = visible.indexOf(terminator);
  if (end >= 0 && end <= options.maxLineBytes) return visible.slice(0, end);
  if (text.length > LINE_BYTES) throw new ProtocolError(`too big ${tooBig}`);
  throw new NeedsMore();
}

/** A header line, which ends with a return and any byte. */
function header(text: string, what: string, options: ReferenceOptions): string {
  const line = firstLine(text, "\r", `${what} count string`, options);
  if (text.length < line.length + 2) throw new NeedsMore();
  return line;
}

function multibulk(text: string, options: ReferenceOptions): [string[], number] {
  const args: string[] = [];
  const first = header(text, "mbulk", options);
  const count = integer(first.slice(1));
  if (count === undefined || count > 2147483647n)
    throw new ProtocolError("invalid multibulk length");
  if (count > 10n && options.authRequired)
    throw new ProtocolError("unauthenticated multibulk length");

  let at = first.length + 2;
  for (let i = 0n; i < count; i++) {
    const line = header(text.slice(at), "bulk", options);
    if (!line.startsWith("$")) {
      throw new ProtocolError(`expected '$', got '${text.charAt(at)}'`);
    }
    const length = integer(line.slice(1));
    if (length === undefined || length < 0n || length > BigInt(options.maxBulkBytes)) {
      throw new ProtocolError("invalid bulk length");
    }
    if (length > 16384n && options.authRequired)
      throw new ProtocolError("unauthenticated bulk length");
    at += line.length + 2;
    const end = BigInt(at) + length;
    if (BigInt(text.length) < end + 2n) throw new NeedsMore();
    args.push(text.slice(at, Number(end)));
    at = Number(end) + 2;
  }
  return [args, at];
}

/** A 64-bit integer in its one way of being written. */
function integer(text: string): bigint | undefined {
  if (!/^-?[0-9]+$/.test(text) || text.length > 20) return undefined;
  const value = BigInt(text);
  const inRange = -(2n ** 63n) <= value && value < 2n ** 63n;
  return inRange && value.toString() === text ? value : undefined;
}

const SPACES = /[ \t\n\v\f\r]*/y;
/** A bare word that may run into one quoted string; a quote must be followed by a space or the end. */
const ARGUMENT =
  /([^ \t\n\r"']*)(?:"((?:\\.|[^"\\])*)"(?=[ \t\n\v\f\r]|$)|'((?:\\'|\\(?!')|[^'\\])*)'(?=[ \t\n\v\f\r]|$)|(?=[ \t\n\r]|$))/sy;

function inline(text: string, options: ReferenceOptions): [string[], number] {
  const line = firstLine(text, "\n", "inline request", options);
  const content = line.endsWith("\r") ? line.slice(0, -1) : line;
  const args: string[] = [];
  let at = 0;
  for (;;) {
    SPACES.lastIndex = at;
    at += SPACES.exec(content)?.[0].length ?? 0;
    if (at === content.length) return [args, line.length + 1];
    ARGUMENT.lastIndex = at;
    const match = ARGUMENT.exec(content);
    if (match === null) throw new ProtocolError("unbalanced quotes in request");
    const [whole, bare = "", double = "", single = ""] = match;
    args.push(bare + decodeEscapes(double) + single.replaceAll("\\'", "'"));
    at += whole.length;
  }
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};

function decodeEscapes(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex?: string, letter?: string) =>
    hex === undefined
      ? (NAMED_ESCAPES[letter ?? ""] ?? letter ?? "")
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
