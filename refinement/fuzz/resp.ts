import { HEADROOM_BYTES, InputBuffer } from "../../impl/resp/input.ts";
import { Parser, ParseStatus } from "../../impl/resp/parser.ts";
import { Request } from "../../impl/resp/request.ts";
import { strictVerdict, type Verdict } from "./reference.ts";

/**
 * The fuzzing properties of the request parser and the query buffer: for any bytes, cut anywhere,
 * the verdict is the reference's, errors come from the fixed set, and memory stays in proportion
 * to what has arrived.
 */

/** `proto-max-bulk-len`'s default. */
export const MAX_BULK_BYTES = 512 * 1024 * 1024;

/** The prefix of every protocol error's reply. */
export const ERROR_PREFIX = "ERR Protocol error: ";

const ERRORS = [
  /^too big (?:mbulk count string|bulk count string|inline request)$/,
  /^invalid (?:multibulk|bulk) length$/,
  /^unauthenticated (?:multibulk|bulk) length$/,
  /^expected '\$', got '[^$\0]'$/s,
  /^unbalanced quotes in request$/,
];

/** Every position is tried as the only cut of inputs up to this length. */
const EVERY_CUT_BYTES = 200;
/** An own buffer may be this large whatever has arrived. */
const SMALL_BYTES = 256;

/** One case: an input, how it is cut, and whether the connection must authenticate. */
export type RespCase = {
  readonly input: string;
  readonly sizes: ReadonlyArray<number>;
  readonly authRequired: boolean;
};

/** Checks one case; throws with the first difference. */
export function checkResp({ input, sizes, authRequired }: RespCase): Verdict {
  const bytes = Buffer.from(input, "latin1");
  const expected = strictVerdict(input, { authRequired, maxBulkBytes: MAX_BULK_BYTES });
  const reason = expected.end;
  if (reason !== "more" && !ERRORS.some((pattern) => pattern.test(reason))) {
    throw new Error(`the reference gives an unknown error: ${JSON.stringify(reason)}`);
  }
  compare("whole", expected, parseCut(bytes, [bytes.length], authRequired));
  compare("byte by byte", expected, parseCut(bytes, [1], authRequired));
  compare(`cut ${sizes}`, expected, parseCut(bytes, sizes, authRequired));
  if (bytes.length <= EVERY_CUT_BYTES) {
    for (let cut = 1; cut < bytes.length; cut++) {
      compare(`cut at ${cut}`, expected, parseCut(bytes, [cut, bytes.length], authRequired));
    }
  }
  compare(`query buffer, cut ${sizes}`, expected, throughInput(bytes, sizes, authRequired));
  return expected;
}

function compare(how: string, expected: Verdict, actual: Verdict): void {
  const want = JSON.stringify(expected);
  const got = JSON.stringify(actual);
  if (want !== got) throw new Error(`${how}: expected ${abbreviate(want)}, got ${abbreviate(got)}`);
}

function abbreviate(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 250)} … ${text.slice(-150)}`;
}

/** Parses pieces with the parser alone; the incomplete request moves within its buffer each time. */
function parseCut(bytes: Uint8Array, sizes: ReadonlyArray<number>, authRequired: boolean): Verdict {
  const parser = new Parser({ maxBulkBytes: MAX_BULK_BYTES });
  parser.authRequired = authRequired;
  const request = new Request();
  const requests: string[][] = [];
  const buffers = [Buffer.alloc(bytes.length + 1, "1"), Buffer.alloc(bytes.length + 1, "\r")];
  let consumed = 0;
  for (let end = 0, turn = 0; end < bytes.length; turn++) {
    end = Math.min(bytes.length, end + sizes[turn % sizes.length]!);
    // Long inputs that come in many pieces are parsed in place: moving each time is quadratic.
    const moves = bytes.length <= 2000;
    const buffer = moves ? buffers[turn % 2]! : bytes;
    const shift = moves ? (turn % 2) - consumed : 0;
    if (moves) buffer.set(bytes.subarray(consumed, end), consumed + shift);
    for (;;) {
      const status = parser.parse(buffer, consumed + shift, end + shift, request);
      consumed += parser.used;
      if (status === ParseStatus.failed) return { requests, end: reasonOf(parser) };
      if (status === ParseStatus.more) break;
      requests.push(texts(request));
    }
  }
  return { requests, end: "more" };
}

/** Parses pieces as a server does: read into a shared buffer, which then serves others. */
function throughInput(
  bytes: Uint8Array,
  sizes: ReadonlyArray<number>,
  authRequired: boolean,
): Verdict {
  const shared = Buffer.alloc(HEADROOM_BYTES + 65_536);
  const input = new InputBuffer({ maxBulkBytes: MAX_BULK_BYTES });
  input.parser.authRequired = authRequired;
  const request = new Request();
  const requests: string[][] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + sizes[turn % sizes.length]!);
    at += piece.length;
    shared.set(piece, HEADROOM_BYTES);
    input.feed(shared, HEADROOM_BYTES, HEADROOM_BYTES + piece.length);
    let status = input.next(request);
    while (status === ParseStatus.ready) {
      requests.push(texts(request));
      status = input.next(request);
    }
    if (status === ParseStatus.failed) return { requests, end: reasonOf(input.parser) };
    input.rest();
    input.verifyInvariants();
    if (input.ownBytes > Math.max(SMALL_BYTES, 2 * at)) {
      throw new Error(`${input.ownBytes} bytes are held after ${at} have arrived`);
    }
    shared.fill("1", 0, HEADROOM_BYTES + piece.length);
    if (turn % 5 === 4) input.shrink(turn % 2 === 0 ? 5000 : 0);
  }
  return { requests, end: "more" };
}

function texts(request: Request): string[] {
  if (request.argc === 0) throw new Error("a request without arguments");
  return Array.from({ length: request.argc }, (_, i) => request.text(i));
}

function reasonOf(parser: Parser): string {
  if (!parser.error.startsWith(ERROR_PREFIX)) throw new Error(`unknown error ${parser.error}`);
  return parser.error.slice(ERROR_PREFIX.length);
}
