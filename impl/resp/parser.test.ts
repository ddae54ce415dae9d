import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requestText } from "../../testing/wire/request.ts";
import { MAX_LINE_BYTES, Parser, ParseStatus } from "./parser.ts";
import { Request } from "./request.ts";

const MEGABYTE = 1024 * 1024;

type Outcome = { requests: string[][]; end: string };

function newParser(options: { authRequired?: boolean; maxBulkBytes?: number } = {}): Parser {
  const parser = new Parser({ maxBulkBytes: options.maxBulkBytes ?? 512 * MEGABYTE });
  parser.authRequired = options.authRequired ?? false;
  return parser;
}

/** Parses the pieces one after another; each call sees the bytes at another place of a new buffer. */
function parsePieces(pieces: ReadonlyArray<Uint8Array>, parser = newParser()): Outcome {
  const requests: string[][] = [];
  const request = new Request();
  let left: Uint8Array = new Uint8Array(0);
  for (const [i, piece] of pieces.entries()) {
    const start = i % 5;
    const buffer = Buffer.concat([Buffer.alloc(start, "9"), left, piece, Buffer.alloc(7, "1")]);
    const end = buffer.length - 7;
    let at = start;
    let status = parser.parse(buffer, at, end, request);
    while (status === ParseStatus.ready) {
      requests.push(Array.from({ length: request.argc }, (_, k) => request.text(k)));
      at += parser.used;
      status = parser.parse(buffer, at, end, request);
    }
    if (status === ParseStatus.failed) return { requests, end: parser.error };
    left = buffer.subarray(at + parser.used, end);
  }
  return { requests, end: "more" };
}

function parse(text: string, parser = newParser()): Outcome {
  return parsePieces([Buffer.from(text, "latin1")], parser);
}

function singleBytes(text: string): Uint8Array[] {
  return Array.from(Buffer.from(text, "latin1"), (byte) => Uint8Array.of(byte));
}

const failure = (reason: string) => `ERR Protocol error: ${reason}`;

describe("multibulk requests", () => {
  test("a request yields its arguments and its length", () => {
    const parser = newParser();
    const request = new Request();
    const bytes = Buffer.from("xx*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n");
    expect(parser.parse(bytes, 2, bytes.length, request)).toBe(ParseStatus.ready);
    expect(parser.used).toBe(20);
    expect([request.text(0), request.text(1)]).toEqual(["GET", "k"]);
    expect(request.bytes).toBe(bytes);
    expect(parser.parse(bytes, 22, bytes.length, request)).toBe(ParseStatus.more);
    expect(parser.used).toBe(0);
  });

  test("empty and binary arguments", () => {
    const args = ["SET", "", "\r\n\0\xff$*"];
    expect(parse(requestText(...args))).toEqual({ requests: [args], end: "more" });
  });

  test.each(["*0\r\n", "*-1\r\n", "*-9223372036854775808\r\n", "\r\n", "\n", "  \t\r\n"])(
    "%j is skipped",
    (empty) => {
      expect(parse(`${empty}${requestText("PING")}${empty}${requestText("GET", "a")}`)).toEqual({
        requests: [["PING"], ["GET", "a"]],
        end: "more",
      });
    },
  );

  test("what follows a bulk or a header's return is not looked at", () => {
    expect(parse("*1\rX$4\rYPINGab*0\r\n")).toEqual({ requests: [["PING"]], end: "more" });
  });

  test("a count of many arguments", () => {
    const args = Array.from({ length: 1000 }, (_, i) => `a${i}`);
    expect(parse(requestText(...args)).requests).toEqual([args]);
    expect(parsePieces(singleBytes(requestText(...args))).requests).toEqual([args]);
  });

  test.each([
    ["*3000000000\r\n", "invalid multibulk length"],
    ["*2147483648\r\n", "invalid multibulk length"],
    ["*-9223372036854775809\r\n", "invalid multibulk length"],
    ["*\r\n", "invalid multibulk length"],
    ["*-\r\n", "invalid multibulk length"],
    ["*-0\r\n", "invalid multibulk length"],
    ["*01\r\n", "invalid multibulk length"],
    ["*+1\r\n", "invalid multibulk length"],
    ["*1 \r\n", "invalid multibulk length"],
    ["*1\n$4\r\nPING\r\n", "invalid multibulk length"],
    ["*1\r\nfoo\r\n", "expected '$', got 'f'"],
    ["*1\r\n\xe9\r\n", "expected '$', got '\xe9'"],
    ["*1\r\n\r\n", "expected '$', got '\r'"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$-10\r\n", "invalid bulk length"],
    ["*1\r\n$\r\n", "invalid bulk length"],
    ["*1\r\n$blabla\r\n", "invalid bulk length"],
    ["*1\r\n$00\r\n", "invalid bulk length"],
    ["*1\r\n$04\r\n", "invalid bulk length"],
    ["*1\r\n$04\r\nPING\r\n", "invalid bulk length"],
    ["*1\r\n$+4\r\nPING\r\n", "invalid bulk length"],
    ["*01\r\n$4\r\nPING\r\n", "invalid multibulk length"],
    ["*1\r\n$536870913\r\n", "invalid bulk length"],
    ["*1\r\n$9223372036854775808\r\n", "invalid bulk length"],
    ["*1\r\n$999999999999999999999\r\n", "invalid bulk length"],
  ])("%j: %s", (text, reason) => {
    expect(parse(text)).toEqual({ requests: [], end: failure(reason) });
    expect(parsePieces(singleBytes(text))).toEqual({ requests: [], end: failure(reason) });
  });

  test.each(["*2147483647\r\n", "*1\r\n$536870912\r\n", "*1\r\nfoo", "*1\r\n$4x", "*1\r", "*"])(
    "%j is not yet a request",
    (text) => {
      expect(parse(text)).toEqual({ requests: [], end: "more" });
    },
  );

  test("proto-max-bulk-len is read when the header is", () => {
    const limits = { maxBulkBytes: 512 * MEGABYTE };
    const parser = new Parser(limits);
    limits.maxBulkBytes = MEGABYTE;
    expect(parse(`*1\r\n$${MEGABYTE}\r\n`, parser).end).toBe("more");
    const other = new Parser(limits);
    expect(parse(`*1\r\n$${MEGABYTE + 1}\r\n`, other).end).toBe(failure("invalid bulk length"));
  });

  test("after an error every call fails and consumes nothing", () => {
    const parser = newParser();
    parse("*x\r\n", parser);
    const bytes = Buffer.from(requestText("PING"));
    expect(parser.parse(bytes, 0, bytes.length, new Request())).toBe(ParseStatus.failed);
    expect(parser.parse(bytes, 0, 0, new Request())).toBe(ParseStatus.failed);
    expect(parser.used).toBe(0);
    expect(parser.error).toBe(failure("invalid multibulk length"));
  });
});

describe("before authentication", () => {
  const unauthenticated = () => newParser({ authRequired: true });

  test("10 arguments of 16384 bytes pass, and one more of either does not", () => {
    const args = Array.from({ length: 10 }, () => "x".repeat(16384));
    expect(parse(requestText(...args), unauthenticated()).requests).toEqual([args]);
    expect(parse("*11\r\n", unauthenticated()).end).toBe(
      failure("unauthenticated multibulk length"),
    );
    expect(parse("*1\r\n$16385\r\n", unauthenticated()).end).toBe(
      failure("unauthenticated bulk length"),
    );
  });

  test("what is too large even with authentication is called so", () => {
    expect(parse("*2147483648\r\n", unauthenticated()).end).toBe(
      failure("invalid multibulk length"),
    );
    expect(parse("*1\r\n$536870913\r\n", unauthenticated()).end).toBe(
      failure("invalid bulk length"),
    );
  });

  test("the limits end with authentication, in the same pipeline", () => {
    const parser = unauthenticated();
    const request = new Request();
    const bytes = Buffer.from("AUTH x\r\n*11\r\n$20000\r\n");
    expect(parser.parse(bytes, 0, bytes.length, request)).toBe(ParseStatus.ready);
    parser.authRequired = false;
    expect(parser.parse(bytes, parser.used, bytes.length, request)).toBe(ParseStatus.more);
  });
});

describe("lines and their limits", () => {
  const long = "a".repeat(MAX_LINE_BYTES);

  test.each([
    ["", "too big inline request"],
    ["*", "too big mbulk count string"],
    ["*1\r\n", "too big bulk count string"],
    ["*1\r\n$", "too big bulk count string"],
  ])("a line after %j may have 64 KB before its end", (start, reason) => {
    const lineStart = start.endsWith("\n") ? "" : start.slice(start.lastIndexOf("\n") + 1);
    const line = start + long.slice(lineStart.length);
    expect(parse(line).end).toBe("more");
    expect(parse(`${line}a`).end).toBe(failure(reason));
    const nearEnd = [Buffer.from(line.slice(0, -20)), ...singleBytes(`${line.slice(-20)}a`)];
    expect(parsePieces(nearEnd).end).toBe(failure(reason));
    expect(parse(`${line}a\r\n`).end).toBe(failure(reason));
    expect(parse(`${line}\r`).end).toBe(start === "" ? failure("too big inline request") : "more");
  });

  test("an inline request of exactly 64 KB passes", () => {
    expect(parse(`${long}\n`).requests).toEqual([[long]]);
  });

  test("a NUL hides the end of its line", () => {
    expect(parse("\0\r\nPING\r\n")).toEqual({ requests: [], end: "more" });
    expect(parse("*1\0\r\n$4\r\nPING\r\n")).toEqual({ requests: [], end: "more" });
    expect(parse(`\0${"A\n".repeat(MAX_LINE_BYTES / 2)}`).end).toBe(
      failure("too big inline request"),
    );
    expect(parse(`*\0${"\r\n".repeat(MAX_LINE_BYTES / 2)}`).end).toBe(
      failure("too big mbulk count string"),
    );
    expect(parse(`*1\r\n$\0${"\r\n".repeat(MAX_LINE_BYTES / 2)}`).end).toBe(
      failure("too big bulk count string"),
    );
  });
});

describe("inline requests", () => {
  test.each<[string, string[]]>([
    ["PING\r\n", ["PING"]],
    ["PING\n", ["PING"]],
    ["PING\r\r\n", ["PING"]],
    ["  SET  a\tb \r\n", ["SET", "a", "b"]],
    ["\v\fa\vb\f c\r\n", ["a\vb\f", "c"]],
    ["$4 *x\r\n", ["$4", "*x"]],
    ["a \"\" '' b\r\n", ["a", "", "", "b"]],
    ['"\\n\\r\\t\\b\\a\\q\\\\\\""\r\n', ['\n\r\t\b\x07q\\"']],
    ['"\\x41\\xfF\\x4\\xg1\\x"\r\n', ["A\xffx4xg1x"]],
    ["'a\\'b\\n\\\\ '\r\n", ["a'b\\n\\\\ "]],
    ['foo"bar baz" x\r\n', ["foobar baz", "x"]],
    ['"a b"\v"c"\r\n', ["a b", "c"]],
    ["a\\ b\r\n", ["a\\", "b"]],
    ["\xe9\xff\x80\r\n", ["\xe9\xff\x80"]],
  ])("%j", (line, args) => {
    expect(parse(line)).toEqual({ requests: [args], end: "more" });
    expect(parsePieces(singleBytes(line))).toEqual({ requests: [args], end: "more" });
  });

  test.each(['"abc\r\n', "'abc\r\n", '"a"b\r\n', "'a'b\r\n", '"\\"\r\n', "'\\'\r\n", '"a\\\r\n'])(
    "%j has unbalanced quotes",
    (line) => {
      expect(parse(line).end).toBe(failure("unbalanced quotes in request"));
    },
  );

  test("arguments lie in a buffer of their own, those of the next request do not", () => {
    const parser = newParser();
    const request = new Request();
    const bytes = Buffer.from(`GET k\r\n \r\n${requestText("PING")}`);
    expect(parser.parse(bytes, 0, bytes.length, request)).toBe(ParseStatus.ready);
    expect(request.bytes).not.toBe(bytes);
    expect(request.text(1)).toBe("k");
    expect(parser.parse(bytes, parser.used, bytes.length, request)).toBe(ParseStatus.ready);
    expect(request.bytes).toBe(bytes);
    expect(request.text(0)).toBe("PING");
  });
});

describe("however the bytes are cut", () => {
  const arg = fc.oneof(
    fc.string({ unit: "binary-ascii", maxLength: 12 }),
    fc.constantFrom("", "\r\n", "$1\r\n", "x".repeat(100), "\0"),
  );
  const multibulk = fc.array(arg, { minLength: 1, maxLength: 8 });
  const pipeline = fc.array(
    fc.oneof(
      multibulk.map((args) => ({ bytes: requestText(...args), args })),
      fc.constantFrom("*0\r\n", "*-1\r\n", "\r\n", " \n").map((bytes) => ({ bytes, args: [] })),
      fc.stringMatching(/^[a-z0-9]{1,9}$/).map((word) => ({ bytes: `${word}\r\n`, args: [word] })),
    ),
    { minLength: 1, maxLength: 6 },
  );

  test("valid requests come out as they went in, cut at every boundary", () => {
    fc.assert(
      fc.property(pipeline, (requests) => {
        const bytes = Buffer.from(requests.map((request) => request.bytes).join(""), "latin1");
        const expected = requests.map((request) => request.args).filter((args) => args.length > 0);
        expect(parsePieces([bytes]).requests).toEqual(expected);
        expect(parsePieces(singleBytes(bytes.toString("latin1"))).requests).toEqual(expected);
        for (let cut = 1; cut < bytes.length; cut++) {
          const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
          expect(parsePieces(pieces).requests).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("what is announced is never more than the request's size", () => {
    fc.assert(
      fc.property(multibulk, (args) => {
        const bytes = Buffer.from(requestText(...args), "latin1");
        const parser = newParser();
        const request = new Request();
        for (let end = 0; end < bytes.length; end++) {
          expect(parser.parse(bytes, 0, end, request)).toBe(ParseStatus.more);
          expect(parser.announcedBytes).toBeLessThanOrEqual(bytes.length);
          expect(parser.parsedBytes).toBeLessThanOrEqual(end);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("cost", () => {
  test("a request that comes whole allocates no table and keeps the caller's", () => {
    const request = new Request();
    const { offsets } = request;
    const bytes = Buffer.from(requestText("SET", "k", "v"));
    newParser().parse(bytes, 0, bytes.length, request);
    expect(request.offsets).toBe(offsets);
  });

  test("the tables of a request with very many arguments are given back", () => {
    const request = new Request();
    const parser = newParser();
    const bytes = Buffer.from(requestText(...Array.from({ length: 20_000 }, () => "x")));
    expect(parser.parse(bytes, 0, bytes.length, request)).toBe(ParseStatus.ready);
    expect(request.offsets.length).toBeGreaterThanOrEqual(20_000);
    expect(parser.parse(bytes, bytes.length, bytes.length, request)).toBe(ParseStatus.more);
    expect(request.offsets.length).toBe(64);
  });
});
