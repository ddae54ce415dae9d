import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha1 } from "./sha1.ts";

test("agrees with the runtime's SHA-1 on every length around the block's bounds", () => {
  for (let length = 0; length < 260; length++) {
    const data = Buffer.alloc(length, `${length}x`);
    const expected = createHash("sha1").update(data).digest("hex");
    expect(Buffer.from(sha1(data)).toString("hex"), `length ${length}`).toBe(expected);
  }
});
