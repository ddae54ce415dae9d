import { expect, test } from "vitest";
import { requestsOf } from "../../testing/wire/request.ts";
import { Parser, ParseStatus } from "../resp/parser.ts";
import { latin1, Request } from "../resp/request.ts";
import { Effects } from "./effects.ts";

/** What an Effects has handed over: its units as text, and the bytes that were to last. */
interface Recorder {
  readonly effects: Effects;
  readonly units: string[];
  readonly lasting: Uint8Array[];
}

function recorder(): Recorder {
  const units: string[] = [];
  const lasting: Uint8Array[] = [];
  const append = (bytes: Uint8Array, start: number, length: number, lasts: boolean): void => {
    units.push(latin1(bytes, start, length));
    if (lasts) lasting.push(bytes);
  };
  const settle = (): void => void lasting.splice(0);
  return { effects: new Effects({ enabled: true, append, settle }), units, lasting };
}

function encode(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

function parsed(text: string): Request {
  const parser = new Parser({ maxBulkBytes: 1 << 29 });
  const bytes = Buffer.from(text, "latin1");
  const request = new Request();
  expect(parser.parse(bytes, 0, bytes.length, request)).toBe(ParseStatus.ready);
  return request;
}

const LONG = "x".repeat(300);

test.each([
  ["as it should be", encode("SET", "k", "v"), ["SET", "k", "v"]],
  ["empty and of ten bytes", encode("SET", "", "0123456789"), ["SET", "", "0123456789"]],
  ["of a hundred bytes", encode("SET", "k", LONG.slice(0, 100)), ["SET", "k", LONG.slice(0, 100)]],
  ["long", encode("SET", "k", LONG), ["SET", "k", LONG]],
  ["of ten arguments", encode(..."abcdefghij"), [..."abcdefghij"]],
  ["inline", "SET  k 'v w'\r\n", ["SET", "k", "v w"]],
  ["with other line ends", "*2\r\n$3\r\nDELxx$1\r\nk\n\n", ["DEL", "k"]],
  ["with another line end last", "*2\r\n$3\r\nDEL\r\n$1\r\nk__", ["DEL", "k"]],
  ["with another line end in a header", "*2\rx$3\r\nDEL\r\n$1\rxk\r\n", ["DEL", "k"]],
] as const)("a request %s is journaled in its one form", (_, text, words) => {
  const { effects, units } = recorder();
  effects.verbatim(0, parsed(text));
  effects.commit();
  expect(units).toEqual([encode("SELECT", "0") + encode(...words)]);
});

test("a request that was copied or follows others in its buffer is journaled alike", () => {
  const { effects, units } = recorder();
  effects.verbatim(0, parsed(encode("SET", "k", "v")).copy());
  effects.commit();
  const bytes = Buffer.from(encode("GET", "k") + encode("SET", "k", "w"));
  const request = new Request();
  const parser = new Parser({ maxBulkBytes: 1 << 29 });
  parser.parse(bytes, 0, bytes.length, request);
  parser.parse(bytes, parser.used, bytes.length, request);
  effects.verbatim(0, request);
  effects.commit();
  expect(units).toEqual([encode("SELECT", "0") + encode("SET", "k", "v"), encode("SET", "k", "w")]);
});

test("several effects are a transaction, whose SELECT stands in front of it", () => {
  const { effects, units } = recorder();
  effects.begin(3, 2);
  effects.word("DEL");
  effects.word("k");
  effects.verbatim(3, parsed(encode("SET", "k", LONG)));
  effects.commit();
  effects.commit();
  expect(units).toEqual([
    encode("SELECT", "3") +
      encode("MULTI") +
      encode("DEL", "k") +
      encode("SET", "k", LONG) +
      encode("EXEC"),
  ]);
});

test("effects beyond the buffer's size come whole, one after another", () => {
  const { effects, units } = recorder();
  const value = "y".repeat(2_000_000);
  for (let i = 0; i < 2; i++) {
    effects.verbatim(0, parsed(encode("SET", "k", value)));
    effects.commit();
  }
  expect(units).toEqual([
    encode("SELECT", "0") + encode("SET", "k", value),
    encode("SET", "k", value),
  ]);
});

test("in a batch the journal gets the request's own bytes, which last until its end", () => {
  const { effects, units, lasting } = recorder();
  const [first, second, third] = ["a", "b", "c"].map((key) => parsed(encode("DEL", key)));
  effects.verbatim(0, first!);
  effects.commit();
  expect(lasting).toEqual([]);
  effects.beginBatch();
  effects.verbatim(0, second!);
  effects.commit();
  expect(lasting).toEqual([second!.bytes]);
  effects.endBatch();
  expect(lasting).toEqual([]);
  effects.verbatim(0, third!);
  effects.commit();
  expect(lasting).toEqual([]);
  expect(units.slice(1)).toEqual([encode("DEL", "b"), encode("DEL", "c")]);
});

test("a request that is not its command's only effect is put into the transaction", () => {
  const { effects, units, lasting } = recorder();
  effects.beginBatch();
  effects.verbatim(0, parsed(encode("DEL", "a")));
  effects.commit();
  for (const key of ["b", "c"]) effects.verbatim(0, parsed(encode("DEL", key)));
  effects.commit();
  const commands = [["MULTI"], ["DEL", "b"], ["DEL", "c"], ["EXEC"]];
  expect(units[1]).toBe(commands.map((words) => encode(...words)).join(""));
  expect(lasting).toEqual([]);
});

/** What an Effects has given to the log and to replicas, each unit as a line of commands. */
function twoSides() {
  const log: string[] = [];
  const stream: string[] = [];
  const words = (bytes: Uint8Array, start: number, length: number): string =>
    requestsOf(latin1(bytes, start, length))
      .map((one) => one.join(" "))
      .join(", ");
  const both = (bytes: Uint8Array, start: number, length: number): void => {
    log.push(words(bytes, start, length));
    stream.push(words(bytes, start, length));
  };
  const effects = new Effects(
    { enabled: true, append: both, settle: () => {} },
    {
      isFollowed: true,
      record: (...unit) => void log.push(words(...unit)),
      relay: (...unit) => void stream.push(words(...unit)),
    },
  );
  return { effects, log, stream };
}

test("what is relayed goes to replicas alone, within the same transaction", () => {
  const { effects, log, stream } = twoSides();
  const run = (...lines: readonly string[]): void => {
    for (const line of lines) {
      const [database, ...rest] = line.split(" ");
      const request = parsed(encode(...rest));
      if (rest[0] === "PUBLISH") effects.relay(Number(database), request);
      else effects.verbatim(Number(database), request);
    }
    effects.commit();
  };
  run("0 PUBLISH c 1");
  run("0 SET k 1");
  run("0 SET k 2", "0 PUBLISH c 2");
  run("0 PUBLISH c 3", "1 SET k 3", "1 SET k 4");
  run("2 PUBLISH c 5");
  run("1 SET k 6");
  run("1 SET k 7", "2 PUBLISH c 7", "2 SET k 8");
  run("2 SET k 9");
  expect(stream).toEqual([
    "SELECT 0, PUBLISH c 1",
    "SET k 1",
    "MULTI, SET k 2, PUBLISH c 2, EXEC",
    "MULTI, PUBLISH c 3, SELECT 1, SET k 3, SET k 4, EXEC",
    "SELECT 2, PUBLISH c 5",
    "SELECT 1, SET k 6",
    "MULTI, SET k 7, SELECT 2, PUBLISH c 7, SET k 8, EXEC",
    "SET k 9",
  ]);
  expect(log).toEqual([
    "SELECT 0, SET k 1",
    "SET k 2",
    "SELECT 1, MULTI, SET k 3, SET k 4, EXEC",
    "SET k 6",
    "MULTI, SET k 7, SELECT 2, SET k 8, EXEC",
    "SET k 9",
  ]);
});
