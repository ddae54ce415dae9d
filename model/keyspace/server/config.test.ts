import { describe, expect, it } from "vitest";
import { admits } from "../reply.ts";
import { scenario } from "../scenario.ts";

describe("CONFIG SET", () => {
  it.each([
    ["1mb", 1048576n],
    ["2m", 2000000n],
    ["1GB", 1073741824n],
    ["1048576b", 1048576n],
  ])("reads %s as an amount of memory", (text, bytes) => {
    const talk = scenario();
    talk.say(1, `CONFIG SET Proto-Max-Bulk-Len ${text}`);
    expect(talk.state.config.protoMaxBulkLen).toBe(bytes);
  });

  const failed = (name: string, reason: string): string =>
    `-ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}\r\n`;
  const range = "argument must be between 1048576 and 9223372036854775807 inclusive";

  it.each([
    ["proto-max-bulk-len 5", failed("proto-max-bulk-len", range)],
    ["proto-max-bulk-len 9223372036854775808", failed("proto-max-bulk-len", range)],
    ["proto-max-bulk-len 1xb", failed("proto-max-bulk-len", "argument must be a memory value")],
    [
      `proto-max-bulk-len ${"0".repeat(120)}99999999`,
      failed("proto-max-bulk-len", "argument must be a memory value"),
    ],
    ["databases 3", failed("databases", "can't set immutable config")],
    ["requirepass a Requirepass b", failed("Requirepass", "duplicate parameter")],
    ["nope 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nope'\r\n"],
    ["requirepass a x", "-ERR syntax error\r\n"],
  ])("refuses %s", (change, expected) => {
    expect(scenario().say(1, `CONFIG SET ${change}`)).toBe(expected);
  });

  it("changes all or nothing", () => {
    const talk = scenario();
    const before = talk.state.config;
    talk.say(1, "CONFIG SET maxmemory-policy allkeys-lfu proto-max-bulk-len 5");
    expect(talk.state.config).toEqual(before);
  });
});

describe("CONFIG GET", () => {
  it("echoes the name it was given", () => {
    const { say } = scenario();
    expect(say(1, "CONFIG GET DATABASES")).toBe("*2\r\n$9\r\nDATABASES\r\n$2\r\n16\r\n");
  });

  it("demands the directives that a pattern matches, and allows others", () => {
    const [reply] = scenario().step(1, "CONFIG", "GET", "DATA*").replies;
    if (reply === undefined) throw new Error("no reply");
    const known = "$9\r\ndatabases\r\n$2\r\n16\r\n";
    expect(admits(reply, `*2\r\n${known}`, 2)).toBe(true);
    expect(admits(reply, `*4\r\n$5\r\ndatax\r\n$1\r\n1\r\n${known}`, 2)).toBe(true);
    expect(admits(reply, "*0\r\n", 2)).toBe(false);
  });
});

describe("OBJECT FREQ and IDLETIME", () => {
  it("depend on the policy", () => {
    const talk = scenario();
    talk.say(1, "SET k v");
    expect(talk.say(1, "OBJECT FREQ k")).toContain("-ERR An LFU maxmemory policy is not selected");
    talk.say(1, "CONFIG SET maxmemory-policy volatile-lfu");
    expect(talk.say(1, "OBJECT IDLETIME k")).toContain("-ERR An LFU maxmemory policy is selected");
    expect(talk.say(1, "OBJECT FREQ none")).toBe("$-1\r\n");
  });
});
