import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "vitest";
import { sha1Hex } from "./sha1.ts";

test("the SHA-1 of any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 3 }), (bytes, offset) => {
      const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
      const expected = createHash("sha1").update(bytes).digest("hex");
      return sha1Hex(padded, offset, bytes.length) === expected;
    }),
    { numRuns: 300 },
  );
});
