import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCorpus } from "./corpus.ts";
import { connectionInput, pieceSizes } from "./generate.ts";
import { strictVerdict } from "./reference.ts";
import { checkResp } from "./resp.ts";

const corpus = readCorpus("resp");

test("there is a corpus", () => {
  expect(corpus.length).toBeGreaterThan(0);
});

test.each(corpus)("corpus input $name", { timeout: 60_000 }, ({ input }) => {
  for (const authRequired of [false, true]) {
    for (const sizes of [[1], [3, 50], [65_536]]) checkResp({ input, sizes, authRequired });
  }
});

test("the parser agrees with the reference on generated inputs", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(connectionInput, pieceSizes, fc.boolean(), (input, sizes, authRequired) => {
      checkResp({ input, sizes, authRequired });
    }),
    { numRuns: 300 },
  );
});

describe("the reference", () => {
  const options = { authRequired: false, maxBulkBytes: 512 * 1024 * 1024 };

  test("reads requests of both kinds", () => {
    expect(
      strictVerdict("*2\r\n$1\r\na\r\n$0\r\n\r\n\r\n x \"y\\x41\" '\\''\r\n*1", options),
    ).toEqual({
      requests: [
        ["a", ""],
        ["x", "yA", "'"],
      ],
      end: "more",
    });
  });

  test("names the error", () => {
    expect(strictVerdict("PING\n*1\r\nx\r\n", options)).toEqual({
      requests: [["PING"]],
      end: "expected '$', got 'x'",
    });
  });
});
