import { describe, expect, it } from "vitest";
import {
  admits,
  array,
  bulk,
  decode,
  encode,
  error,
  integer,
  isDeterministic,
  map,
  nil,
  nilArray,
  oneOf,
  type Reply,
  satisfies,
  set,
  simple,
  unordered,
} from "./reply.ts";

const verbatim: Reply = { _tag: "Verbatim", format: "txt", text: "a\r\nb" };
const double: Reply = { _tag: "Double", text: "3.141" };
const nested = map([
  [bulk("\xff\0"), array([integer(-1n), nil, set([simple("x")])])],
  [bulk("z"), error("ERR no")],
]);

describe("replies on the wire", () => {
  it.each([
    [
      "nested",
      nested,
      2,
      "*4\r\n$2\r\n\xff\0\r\n*3\r\n:-1\r\n$-1\r\n*1\r\n+x\r\n$1\r\nz\r\n-ERR no\r\n",
    ],
    [
      "nested",
      nested,
      3,
      "%2\r\n$2\r\n\xff\0\r\n*3\r\n:-1\r\n_\r\n~1\r\n+x\r\n$1\r\nz\r\n-ERR no\r\n",
    ],
    ["verbatim", verbatim, 2, "$4\r\na\r\nb\r\n"],
    ["verbatim", verbatim, 3, "=8\r\ntxt:a\r\nb\r\n"],
    ["double", double, 2, "$5\r\n3.141\r\n"],
    ["double", double, 3, ",3.141\r\n"],
    ["null array", nilArray, 2, "*-1\r\n"],
    ["null array", nilArray, 3, "_\r\n"],
    ["bool", { _tag: "Bool", value: true }, 2, ":1\r\n"],
    ["bool", { _tag: "Bool", value: false }, 3, "#f\r\n"],
  ] as ReadonlyArray<[string, Reply, 2 | 3, string]>)(
    "%s in case %#",
    (_, reply, protocol, bytes) => {
      expect(encode(reply, protocol)).toBe(bytes);
    },
  );

  it("comes back from RESP3 as it was", () => {
    for (const reply of [nested, verbatim, double, nil, bulk(""), array([])])
      expect(decode(`${encode(reply, 3)}+rest`)).toEqual({ reply, rest: "+rest" });
  });

  it.each(["", "+OK", "$3\r\nab\r\n", "*2\r\n:1\r\n", "?\r\n"])("%j is no reply", (bytes) => {
    expect(() => decode(bytes)).toThrow(SyntaxError);
  });
});

describe("what a server may answer", () => {
  const positive = satisfies("positive", (reply) => reply._tag === "Integer" && reply.value > 0n);

  it("is one text where nothing is free", () => {
    expect(admits(simple("OK"), "+OK\r\n", 2)).toBe(true);
    expect(admits(simple("OK"), "+OK\r\n+OK\r\n", 2)).toBe(false);
    expect(admits(nil, "$-1\r\n", 3)).toBe(false);
  });

  it("is any order of the same items", () => {
    const keys = unordered([bulk("a"), bulk("b"), bulk("b")]);
    expect(admits(keys, "*3\r\n$1\r\nb\r\n$1\r\na\r\n$1\r\nb\r\n", 2)).toBe(true);
    expect(admits(keys, "*3\r\n$1\r\na\r\n$1\r\na\r\n$1\r\nb\r\n", 2)).toBe(false);
    expect(admits(keys, "*2\r\n$1\r\na\r\n$1\r\nb\r\n", 2)).toBe(false);
  });

  it("is free only where the reply says so", () => {
    const reply = array([simple("x"), oneOf([integer(1), positive, nil])]);
    expect(isDeterministic(reply)).toBe(false);
    expect(admits(reply, "*2\r\n+x\r\n:7\r\n", 2)).toBe(true);
    expect(admits(reply, "*2\r\n+x\r\n$-1\r\n", 2)).toBe(true);
    expect(admits(reply, "*2\r\n+y\r\n:7\r\n", 2)).toBe(false);
    expect(admits(reply, "*2\r\n+x\r\n:0\r\n", 2)).toBe(false);
    expect(admits(reply, "*2\r\n+x\r\n:7\r\n:7\r\n", 2)).toBe(false);
    expect(admits(reply, "*2\r\n+x\r\n:7", 2)).toBe(false);
  });

  it("has no single encoding where something is free", () => {
    expect(() => encode(array([positive]), 2)).toThrow(TypeError);
  });
});
