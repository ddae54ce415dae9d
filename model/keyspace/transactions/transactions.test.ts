import { describe, expect, it } from "vitest";
import { admitsAll } from "../reply.ts";
import { type Scenario, scenario } from "../scenario.ts";
import { sessionOf } from "../state.ts";

const RAN = "*1\r\n+PONG\r\n";
const REFUSED = "*-1\r\n";

/** What EXEC answers session 1, which watches k, after session 2 has sent the lines. */
const execAfter = (talk: Scenario, ...lines: ReadonlyArray<string>): string => {
  talk.say(1, "WATCH k");
  for (const line of lines) talk.say(2, line);
  talk.say(1, "MULTI");
  talk.say(1, "PING");
  return talk.say(1, "EXEC");
};

describe("WATCH notices", () => {
  it.each([
    ["SET k new"],
    ["SET k old"],
    ["DEL k"],
    ["APPEND k x"],
    ["EXPIRE k 100"],
    ["GETEX k EX 100"],
    ["RENAME k l"],
    ["RENAME other k"],
    ["COPY other k REPLACE"],
    ["MOVE k 1"],
    ["FLUSHDB"],
    ["FLUSHALL"],
    ["SWAPDB 0 1"],
    ["GETDEL k"],
    ["MSET k 1"],
    ["SETRANGE k 0 x"],
  ])("%s", (line) => {
    const talk = scenario();
    talk.say(2, "MSET k old other v");
    expect(execAfter(talk, line)).toBe(REFUSED);
  });

  it("a key that appears", () => {
    const talk = scenario();
    expect(execAfter(talk, "SET k v", "DEL k")).toBe(REFUSED);
  });

  it("a change by the session itself", () => {
    const talk = scenario();
    talk.say(1, "WATCH k");
    talk.say(1, "SET k v");
    expect(execAfter(talk)).toBe(REFUSED);
  });

  it("a key that expires before EXEC", () => {
    const talk = scenario();
    talk.say(2, "SET k v PX 10");
    talk.say(1, "WATCH k");
    talk.nowMs += 11;
    expect(execAfter(talk)).toBe(REFUSED);
  });

  it.each(["0 1", "1 0"])("a key that only the other database has, when %s swap", (pair) => {
    const talk = scenario();
    expect(execAfter(talk, "SELECT 1", "SET k v", `SWAPDB ${pair}`)).toBe(REFUSED);
  });

  it("once, and lets go of all keys and commands then", () => {
    const talk = scenario();
    for (const line of ["WATCH k l", "MULTI", "PING"]) talk.say(1, line);
    talk.say(2, "SET l v");
    talk.say(1, "PING");
    expect(sessionOf(talk.state, 1)).toMatchObject({ dirty: true, watched: new Set(), queue: [] });
  });
});

describe("WATCH does not mind", () => {
  it.each([
    ["GET k"],
    ["TOUCH k"],
    ["PERSIST k"],
    ["GETEX k"],
    ["SETRANGE k 0 "],
    ["COPY k l"],
    ["RENAME k k"],
    ["SETNX k x"],
    ["EXPIRE k 100 XX"],
    ["SET k x EX 0"],
    ["SWAPDB 0 0"],
  ])("%s", (line) => {
    const talk = scenario();
    talk.say(2, "SET k v");
    expect(execAfter(talk, line)).toBe(RAN);
  });

  it("the same name in another database", () => {
    const talk = scenario();
    expect(execAfter(talk, "SELECT 1", "SET k v", "FLUSHDB")).toBe(RAN);
  });

  it("a key that had already expired", () => {
    const talk = scenario();
    talk.say(2, "SET k v PX 10");
    talk.nowMs += 11;
    expect(execAfter(talk, "DEL k", "FLUSHALL", "SWAPDB 0 1")).toBe(RAN);
  });

  it("a missing key replaced by one that has expired", () => {
    const talk = scenario();
    talk.say(2, "SELECT 1");
    talk.say(2, "SET k v PX 10");
    talk.say(1, "WATCH k");
    talk.nowMs += 11;
    expect(execAfter(talk, "SWAPDB 0 1")).toBe(RAN);
  });

  it("what UNWATCH, DISCARD or a failed EXEC has let go", () => {
    for (const release of ["UNWATCH", "EXEC x"]) {
      const talk = scenario();
      talk.say(1, "WATCH k");
      talk.say(2, "SET k v");
      talk.say(1, release);
      talk.say(1, "MULTI");
      expect(talk.say(1, "EXEC")).toBe("*0\r\n");
    }
  });
});

describe("EXEC", () => {
  it("answers EXECABORT after a rejected command, even if a watched key has changed", () => {
    const talk = scenario();
    talk.say(1, "WATCH k");
    talk.say(2, "SET k v");
    talk.say(1, "MULTI");
    expect(talk.say(1, "GET")).toBe("-ERR wrong number of arguments for 'get' command\r\n");
    expect(talk.say(1, "PING")).toBe("+QUEUED\r\n");
    expect(talk.say(1, "EXEC")).toBe(
      "-EXECABORT Transaction discarded because of previous errors.\r\n",
    );
    expect(talk.say(1, "EXEC")).toBe("-ERR EXEC without MULTI\r\n");
  });

  it("goes on after a command that fails", () => {
    const { say } = scenario();
    for (const line of ["MULTI", "SET k x", "INCR k", "GET k"]) say(1, line);
    expect(say(1, "EXEC")).toBe(
      "*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n$1\r\nx\r\n",
    );
  });

  it("is not aborted by MULTI or WATCH inside", () => {
    const { say } = scenario();
    say(1, "MULTI");
    expect(say(1, "MULTI")).toBe("-ERR MULTI calls can not be nested\r\n");
    expect(say(1, "WATCH k")).toBe("-ERR WATCH inside MULTI is not allowed\r\n");
    expect(say(1, "EXEC")).toBe("*0\r\n");
  });

  it("ends the transaction when it is itself rejected", () => {
    const { say } = scenario();
    say(1, "MULTI");
    expect(say(1, "EXEC x")).toBe(
      "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n",
    );
    expect(say(1, "DISCARD")).toBe("-ERR DISCARD without MULTI\r\n");
  });

  it("sees keys die that a command before has set in the past", () => {
    const { say } = scenario();
    for (const line of ["MULTI", "SET k v PXAT 1", "GET k"]) say(1, line);
    expect(say(1, "EXEC")).toBe("*2\r\n+OK\r\n$-1\r\n");
  });
});

describe("EXEC with commands that change how replies are sent", () => {
  const exec = (setup: ReadonlyArray<string>, ...queued: ReadonlyArray<string>): string => {
    const { say } = scenario();
    for (const line of [...setup, "MULTI", ...queued]) say(1, line);
    return say(1, "EXEC");
  };

  it("changes the protocol between items", () => {
    const reply = exec([], "GET k", "HELLO 3", "GET k");
    expect(reply).toMatch(/^\*3\r\n\$-1\r\n%7\r\n.*_\r\n$/s);
  });

  it.each(["OFF", "SKIP", "off"])("is refused when CLIENT REPLY %s was to be queued", (mode) => {
    const { say } = scenario();
    say(1, "MULTI");
    expect(say(1, `CLIENT REPLY ${mode}`)).toMatch(/^-ERR CLIENT REPLY inside MULTI .*\r\n$/);
    expect(say(1, "EXEC")).toMatch(/^-EXECABORT /);
    expect(say(1, "PING")).toBe("+PONG\r\n");
  });

  it("is silent as a whole, or not at all", () => {
    expect(exec(["CLIENT REPLY OFF"], "PING", "CLIENT REPLY OFF", "PING")).toBe("");
    expect(exec(["CLIENT REPLY OFF"], "PING", "CLIENT REPLY ON", "PING")).toBe("");
    expect(exec([], "PING", "CLIENT REPLY ON")).toBe("*2\r\n+PONG\r\n+OK\r\n");
    expect(exec([], "CLIENT REPLY maybe")).toBe("*1\r\n-ERR syntax error\r\n");
  });

  it("says nothing after it has ended its own connection", () => {
    const { step, say } = scenario();
    for (const line of ["MULTI", "CLIENT KILL ID 1 SKIPME no", "SET k v"]) say(1, line);
    const { replies, closes } = step(1, "EXEC");
    expect(closes).toBe(true);
    expect(admitsAll(replies, "*2\r\n:1\r\n", 2)).toBe(true);
    expect(say(2, "GET k")).toBe("$1\r\nv\r\n");
  });
});
