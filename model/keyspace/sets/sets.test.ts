import { expect, test } from "vitest";
import { execute } from "../execute.ts";
import { bulk, set } from "../reply.ts";
import { scenario } from "../scenario.ts";

test("few integers are an intset, in order, until something else comes", () => {
  const { say } = scenario();
  expect(say(1, "SADD s 3 -1 3 20")).toBe(":3\r\n");
  expect(say(1, "SMEMBERS s")).toBe("*3\r\n$2\r\n-1\r\n$1\r\n3\r\n$2\r\n20\r\n");
  expect(say(1, "OBJECT ENCODING s")).toBe("$6\r\nintset\r\n");
  expect(say(1, "SADD s 07")).toBe(":1\r\n");
  expect(say(1, "SREM s 07 x")).toBe(":1\r\n");
  expect(say(1, "OBJECT ENCODING s")).toBe("$9\r\nhashtable\r\n");
  expect(say(1, "SREM s -1 3 20")).toBe(":3\r\n");
  expect(say(1, "EXISTS s")).toBe(":0\r\n");
});

test("SPOP removes what the server says that it has drawn, and nothing that is not there", () => {
  const { step, say, state } = scenario();
  step(1, "SADD", "s", "a", "b", "c");
  const before = step(1, "SCARD", "s").state;
  const popping = (...members: readonly string[]) => {
    const answered = set(members.map(bulk));
    const { databases } = execute(before, 1, ["SPOP", "s", "2"], 0n, { answered }).state;
    const left = databases[0]?.get("s")?.value;
    return left?.type === "set" ? [...left.members] : [];
  };
  expect(popping("c", "a")).toEqual(["b"]);
  expect(popping("c", "x")).toEqual(["c"]);
  expect(popping("c", "c")).toEqual(["c"]);
  expect(state.databases[0]?.size).toBe(0);
  step(1, "SPOP", "s", "9");
  expect(say(1, "EXISTS s")).toBe(":0\r\n");
});

test("a result takes the place of whatever its key held, and an empty one removes it", () => {
  const { say } = scenario();
  say(1, "SET d text EX 100");
  say(1, "SADD a 1 2");
  expect(say(1, "SINTERSTORE d a a")).toBe(":2\r\n");
  expect(say(1, "TTL d")).toBe(":-1\r\n");
  expect(say(1, "SDIFFSTORE d a a")).toBe(":0\r\n");
  expect(say(1, "EXISTS d")).toBe(":0\r\n");
});
