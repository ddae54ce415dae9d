import { describe, expect, it } from "vitest";
import { isDeterministic } from "../reply.ts";
import { scenario } from "../scenario.ts";

describe("hashes", () => {
  it("keep the order in which fields came while they are small", () => {
    const { say } = scenario();
    expect(say(1, "HSET h b 1 a 2 b 3")).toBe(":2\r\n");
    expect(say(1, "HGETALL h")).toBe("*4\r\n$1\r\nb\r\n$1\r\n3\r\n$1\r\na\r\n$1\r\n2\r\n");
    expect(say(1, "OBJECT ENCODING h")).toBe("$8\r\nlistpack\r\n");
  });

  it.each([`HSET h ${"f".repeat(65)} v`, `HSETNX h f ${"v".repeat(65)}`])(
    "become tables with a long text, and stay tables: %s",
    (line) => {
      const { say, step } = scenario();
      say(1, "HSET h a 1 b 2");
      say(1, line);
      say(1, `HDEL h f ${"f".repeat(65)}`);
      expect(say(1, "OBJECT ENCODING h")).toBe("$9\r\nhashtable\r\n");
      expect(step(1, "HGETALL", "h").replies.every(isDeterministic)).toBe(false);
    },
  );

  it("become tables with their 513th field", () => {
    const { say } = scenario();
    for (let i = 0; i < 512; i += 1) say(1, `HSET h f${i} v`);
    expect(say(1, "OBJECT ENCODING h")).toBe("$8\r\nlistpack\r\n");
    say(1, "HINCRBY h one-more 1");
    expect(say(1, "OBJECT ENCODING h")).toBe("$9\r\nhashtable\r\n");
  });

  it("die with their last field", () => {
    const { say } = scenario();
    say(1, "HSET h a 1 b 2");
    expect(say(1, "HDEL h a b nothing")).toBe(":2\r\n");
    expect(say(1, "EXISTS h")).toBe(":0\r\n");
  });

  it.each([
    ["HSET h a", "wrong number of arguments for 'hset' command"],
    ["HSET h a 1 b", "wrong number of arguments for 'hset' command"],
    ["HINCRBY h text 1", "hash value is not an integer"],
    ["HINCRBYFLOAT h text 1", "hash value is not a float"],
    ["HINCRBYFLOAT h text inf", "value is NaN or Infinity"],
    ["HRANDFIELD h 1 WITHOUT", "syntax error"],
  ])("%s: %s", (line, error) => {
    const { say } = scenario();
    say(1, "HSET h text abc");
    expect(say(1, line)).toBe(`-ERR ${error}\r\n`);
  });
});
