import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LargeBuffers } from "./large-buffers.ts";
import { ReplyWriter, writeDecimal } from "./reply.ts";

/** What `write` appends, in both protocols, one character per byte. */
function encoded(write: (reply: ReplyWriter) => void): { resp2: string; resp3: string } {
  const of = (protocol: 2 | 3): string => {
    const reply = new ReplyWriter(undefined, 1);
    reply.protocol = protocol;
    write(reply);
    return reply.bytes.toString("latin1", 0, reply.length);
  };
  return { resp2: of(2), resp3: of(3) };
}

const long = "a long text that is copied natively, since it is over forty-eight bytes";
const bytes = Buffer.from("..va\r\nlue..");

describe("every reply, byte for byte", () => {
  test.each<[string, (reply: ReplyWriter) => void, string]>([
    ["a simple string", (reply) => reply.simple("PONG"), "+PONG\r\n"],
    ["a long simple string", (reply) => reply.simple(long), `+${long}\r\n`],
    ["OK", (reply) => reply.ok(), "+OK\r\n"],
    ["an error", (reply) => reply.error("ERR no"), "-ERR no\r\n"],
    ["an error of several lines", (reply) => reply.error("ERR a\r\nb\n"), "-ERR a  b \r\n"],
    ["a byte above ASCII in an error", (reply) => reply.error("ERR '\xe9'"), "-ERR '\xe9'\r\n"],
    ["zero", (reply) => reply.integer(0), ":0\r\n"],
    ["a negative integer", (reply) => reply.integer(-42), ":-42\r\n"],
    [
      "the largest safe integer",
      (reply) => reply.integer(Number.MAX_SAFE_INTEGER),
      ":9007199254740991\r\n",
    ],
    ["a small bigint", (reply) => reply.integer(7n), ":7\r\n"],
    ["the least integer", (reply) => reply.integer(-(2n ** 63n)), ":-9223372036854775808\r\n"],
    ["an integer's digits", (reply) => reply.integerDigits(Buffer.from("-1234"), 4), ":-123\r\n"],
    ["a slice", (reply) => reply.bulk(bytes, 2, 7), "$7\r\nva\r\nlue\r\n"],
    ["an empty slice", (reply) => reply.bulk(bytes, 0, 0), "$0\r\n\r\n"],
    [
      "a long slice",
      (reply) => reply.bulk(Buffer.from(`.${long}.`), 1, long.length),
      `$${long.length}\r\n${long}\r\n`,
    ],
    ["a text", (reply) => reply.bulkText("t\xff"), "$2\r\nt\xff\r\n"],
    ["an array", (reply) => reply.array(3), "*3\r\n"],
    ["an empty array", (reply) => reply.array(0), "*0\r\n"],
    ["a raw reply", (reply) => reply.raw(":1\r\n"), ":1\r\n"],
  ])("%s is the same in both", (_, write, expected) => {
    expect(encoded(write)).toEqual({ resp2: expected, resp3: expected });
  });

  test.each<[string, (reply: ReplyWriter) => void, string, string]>([
    ["null", (reply) => reply.nil(), "$-1\r\n", "_\r\n"],
    ["a null array", (reply) => reply.nilArray(), "*-1\r\n", "_\r\n"],
    ["a map", (reply) => reply.map(2), "*4\r\n", "%2\r\n"],
    ["a set", (reply) => reply.set(12), "*12\r\n", "~12\r\n"],
    ["a push", (reply) => reply.push(3), "*3\r\n", ">3\r\n"],
    ["true", (reply) => reply.bool(true), ":1\r\n", "#t\r\n"],
    ["false", (reply) => reply.bool(false), ":0\r\n", "#f\r\n"],
    ["a double", (reply) => reply.doubleText("3.5"), "$3\r\n3.5\r\n", ",3.5\r\n"],
    ["an infinity", (reply) => reply.doubleText("-inf"), "$4\r\n-inf\r\n", ",-inf\r\n"],
    [
      "a verbatim text",
      (reply) => reply.verbatim("txt", "a\n"),
      "$2\r\na\n\r\n",
      "=6\r\ntxt:a\n\r\n",
    ],
  ])("%s differs", (_, write, resp2, resp3) => {
    expect(encoded(write)).toEqual({ resp2, resp3 });
  });
});

describe("the buffer", () => {
  test("truncating takes a reply back", () => {
    const reply = new ReplyWriter();
    reply.ok();
    const mark = reply.length;
    reply.array(2);
    reply.bulkText("half");
    reply.truncate(mark);
    reply.error("ERR no");
    expect(reply.bytes.toString("latin1", 0, reply.length)).toBe("+OK\r\n-ERR no\r\n");
  });

  test("it grows by doubling and keeps what was written", () => {
    const reply = new ReplyWriter(undefined, 16);
    const capacities = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      reply.integer(i);
      capacities.add(reply.bytes.length);
    }
    const expected = Array.from({ length: 1000 }, (_, i) => `:${i}\r\n`).join("");
    expect(reply.bytes.toString("latin1", 0, reply.length)).toBe(expected);
    expect(capacities.size).toBeLessThan(12);
  });

  test("a sent buffer is reused or left alone", () => {
    const reply = new ReplyWriter();
    reply.ok();
    const first = reply.bytes;
    reply.sent(true);
    expect([reply.length, reply.bytes]).toEqual([0, first]);
    expect(reply.bytes).toBe(first);
    reply.ok();
    reply.sent(false);
    reply.error("ERR other");
    expect(reply.bytes).not.toBe(first);
    expect(first.toString("latin1", 0, 5)).toBe("+OK\r\n");
  });

  test("a long reply borrows its buffer, and what is short goes on in its own", () => {
    const large = new LargeBuffers();
    const reply = new ReplyWriter(large);
    const short = reply.bytes;
    const value = Buffer.alloc(300_000, "v");
    for (const isReusable of [true, false, true]) {
      reply.bulk(value, 0, value.length);
      const long = reply.bytes;
      expect(long.length).toBe(512 * 1024);
      expect(reply.bytes.toString("latin1", 0, reply.length)).toBe(`$300000\r\n${value}\r\n`);
      reply.sent(isReusable);
      expect(reply.bytes).toBe(short);
      // What the transport keeps is nobody else's.
      expect(large.heldBytes).toBe(isReusable ? long.length : 0);
    }
    reply.bulk(value, 0, value.length);
    reply.bulk(value, 0, value.length);
    reply.sentPart(300_011, false);
    expect(reply.bytes.toString("latin1", 0, reply.length)).toBe(`$300000\r\n${value}\r\n`);
    large.verifyInvariants();
  });

  test("errors are told of", () => {
    const reply = new ReplyWriter();
    const errors: string[] = [];
    reply.onError = (text) => errors.push(text);
    reply.ok();
    reply.error("ERR a\nb");
    expect(errors).toEqual(["ERR a\nb"]);
  });
});

describe("decimals", () => {
  test("any integer is written as JavaScript writes it", () => {
    const integer = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
      fc.constantFrom(...[9, 10, 99, 100, 0x3fffffff, 0x40000000, 2 ** 31, 10 ** 10, 2 ** 53 - 1]),
    );
    fc.assert(
      fc.property(integer, (value) => {
        expect(encoded((reply) => reply.integer(value)).resp2).toBe(`:${value}\r\n`);
      }),
      { numRuns: 2000 },
    );
  });

  test("at every power of ten, with nothing written beyond", () => {
    for (let power = 1; power < 2 ** 53; power *= 10) {
      for (const value of [power - 1, power, power + 1]) {
        const target = Buffer.alloc(20, "x");
        const end = writeDecimal(target, 1, value);
        expect(target.toString("latin1", 0, end + 1)).toBe(`x${value}x`);
      }
    }
  });
});

/** A reply as a decoder sees it. Strings have one character per byte. */
type Reply =
  | { type: "simple" | "error" | "bulk" | "double"; text: string }
  | { type: "verbatim"; format: string; text: string }
  | { type: "integer"; value: bigint }
  | { type: "bool"; value: boolean }
  | { type: "nil" | "nilArray" }
  | { type: "array" | "set" | "push"; items: Reply[] }
  | { type: "map"; items: Reply[] };

function write(reply: ReplyWriter, value: Reply): void {
  if ("items" in value) {
    if (value.type === "map") reply.map(value.items.length / 2);
    else reply[value.type](value.items.length);
    for (const item of value.items) write(reply, item);
  } else if (value.type === "bulk") {
    reply.bulk(Buffer.from(`<${value.text}>`, "latin1"), 1, value.text.length);
  } else if (value.type === "integer") {
    const number = Number(value.value);
    reply.integer(Number.isSafeInteger(number) ? number : value.value);
  } else if (value.type === "bool") reply.bool(value.value);
  else if (value.type === "double") reply.doubleText(value.text);
  else if (value.type === "verbatim") reply.verbatim(value.format, value.text);
  else if (value.type === "simple") reply.simple(value.text);
  else if (value.type === "error") reply.error(value.text);
  else reply[value.type]();
}

/** What a client can tell of a value once it went through `protocol`. */
function seen(value: Reply, protocol: 2 | 3): Reply {
  if ("items" in value) {
    const items = value.items.map((item) => seen(item, protocol));
    return { type: protocol === 2 ? "array" : value.type, items };
  }
  if (protocol === 3) return value.type === "nilArray" ? { type: "nil" } : value;
  if (value.type === "bool") return { type: "integer", value: value.value ? 1n : 0n };
  if (value.type === "double" || value.type === "verbatim")
    return { type: "bulk", text: value.text };
  return value;
}

/** A plain decoder of both protocols. */
class Decoder {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at === this.#text.length;
  }

  next(): Reply {
    const type = this.#text.charAt(this.#at);
    const line = this.#until("\r\n").slice(1);
    switch (type) {
      case "+":
        return { type: "simple", text: line };
      case "-":
        return { type: "error", text: line };
      case ",":
        return { type: "double", text: line };
      case ":":
        return { type: "integer", value: BigInt(line) };
      case "#":
        return { type: "bool", value: line === "t" };
      case "_":
        return { type: "nil" };
      case "$":
        return line === "-1" ? { type: "nil" } : { type: "bulk", text: this.#take(Number(line)) };
      case "=": {
        const text = this.#take(Number(line));
        return { type: "verbatim", format: text.slice(0, 3), text: text.slice(4) };
      }
      case "*":
        return line === "-1"
          ? { type: "nilArray" }
          : { type: "array", items: this.#items(line, 1) };
      case "~":
        return { type: "set", items: this.#items(line, 1) };
      case ">":
        return { type: "push", items: this.#items(line, 1) };
      case "%":
        return { type: "map", items: this.#items(line, 2) };
      default:
        throw new Error(`unknown type ${type}`);
    }
  }

  #items(count: string, each: number): Reply[] {
    return Array.from({ length: Number(count) * each }, () => this.next());
  }

  #until(end: string): string {
    const at = this.#text.indexOf(end, this.#at);
    if (at < 0) throw new Error("a line without end");
    const line = this.#text.slice(this.#at, at);
    this.#at = at + end.length;
    return line;
  }

  #take(length: number): string {
    const text = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    if (this.#until("\r\n") !== "") throw new Error("a wrong length");
    return text;
  }
}

describe("what is written is what a client reads", () => {
  const line = fc.string({ unit: "grapheme-ascii", maxLength: 80 });
  const anything = fc
    .uint8Array({ maxLength: 80 })
    .map((array) => Buffer.from(array).toString("latin1"));
  const leaf: fc.Arbitrary<Reply> = fc.oneof(
    fc.record({ type: fc.constantFrom("simple" as const, "error" as const), text: line }),
    fc.record({ type: fc.constant("bulk" as const), text: anything }),
    fc.record({
      type: fc.constant("double" as const),
      text: fc.double().map(String),
    }),
    fc.record({
      type: fc.constant("verbatim" as const),
      format: fc.constantFrom("txt", "mkd"),
      text: anything,
    }),
    fc.record({
      type: fc.constant("integer" as const),
      value: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt(-9n, 99n)),
    }),
    fc.record({ type: fc.constant("bool" as const), value: fc.boolean() }),
    fc.record({ type: fc.constantFrom("nil" as const, "nilArray" as const) }),
  );
  const { value } = fc.letrec<{ value: Reply }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      leaf,
      fc.record({
        type: fc.constantFrom("array" as const, "set" as const, "push" as const),
        items: fc.array(tie("value"), { maxLength: 5 }),
      }),
      fc
        .array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 })
        .map((pairs) => ({ type: "map" as const, items: pairs.flat() })),
    ),
  }));

  test.each([2, 3] as const)("in RESP%d", (protocol) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const reply = new ReplyWriter(undefined, 1);
        reply.protocol = protocol;
        for (const one of values) write(reply, one);
        const decoder = new Decoder(reply.bytes.toString("latin1", 0, reply.length));
        expect(values.map(() => decoder.next())).toEqual(values.map((one) => seen(one, protocol)));
        expect(decoder.done).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
