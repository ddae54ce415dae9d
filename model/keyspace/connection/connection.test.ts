import { describe, expect, it } from "vitest";
import { scenario } from "../scenario.ts";
import { sessionOf } from "../state.ts";

const OK = "+OK\r\n";
const WRONG = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
const NO_AUTH = "-NOAUTH Authentication required.\r\n";

describe("authentication", () => {
  it("comes after the name and the arity, before everything else", () => {
    const { say } = scenario({ requirepass: "secret" });
    expect(say(1, "NOPE")).toContain("unknown command 'NOPE'");
    expect(say(1, "GET")).toContain("wrong number of arguments");
    expect(say(1, "GET k")).toBe(NO_AUTH);
    expect(say(1, "EXEC")).toBe(
      "-EXECABORT Transaction discarded because of: NOAUTH Authentication required.\r\n",
    );
    expect(say(1, "AUTH nope")).toBe(WRONG);
    expect(say(1, "AUTH other secret")).toBe(WRONG);
    expect(say(1, "AUTH secret")).toBe(OK);
    expect(say(1, "GET k")).toBe("$-1\r\n");
    expect(say(2, "GET k")).toBe(NO_AUTH);
  });

  it("is remembered when the password changes, and missed when it goes", () => {
    const talk = scenario();
    expect(talk.say(1, "CONFIG SET requirepass secret")).toBe(OK);
    expect(talk.say(1, "PING")).toBe("+PONG\r\n");
    expect(talk.say(2, "RESET")).toBe("+RESET\r\n");
    expect(talk.say(2, "PING")).toBe(NO_AUTH);
    talk.say(1, "CONFIG SET requirepass ");
    expect(talk.say(2, "PING")).toBe("+PONG\r\n");
    expect(talk.say(2, "HELLO")).toContain("-NOAUTH HELLO must be called");
    expect(talk.say(1, "AUTH x")).toContain("-ERR AUTH <password> called without");
    expect(talk.say(1, "AUTH default x")).toBe(OK);
  });
});

describe("HELLO", () => {
  it.each([
    ["HELLO x", "-ERR Protocol version is not an integer or out of range\r\n"],
    ["HELLO 4", "-NOPROTO unsupported protocol version\r\n"],
    ["HELLO 3 AUTH a", "-ERR Syntax error in HELLO option 'AUTH'\r\n"],
    [
      "HELLO 3 SETNAME \x01",
      "-ERR Client names cannot contain spaces, newlines or special characters.\r\n",
    ],
  ])("%j is refused", (line, expected) => {
    const talk = scenario();
    expect(talk.say(1, line)).toBe(expected);
    expect(sessionOf(talk.state, 1).protocol).toBe(2);
  });

  it("keeps what its options did before one failed", () => {
    const talk = scenario({ requirepass: "secret" });
    talk.say(1, "HELLO 3 AUTH default secret SETNAME me FOO");
    expect(sessionOf(talk.state, 1)).toMatchObject({
      authenticated: true,
      name: "me",
      protocol: 2,
    });
  });

  it("names the session", () => {
    const { say } = scenario();
    expect(say(2, "HELLO")).toContain("$2\r\nid\r\n:2\r\n");
    expect(say(2, "CLIENT ID")).toBe(":2\r\n");
  });

  it("is answered in the protocol it asks for", () => {
    const talk = scenario();
    expect(talk.step(1, "HELLO", "3").replies[0]?._tag).toBe("Map");
    expect(talk.say(1, "GET k")).toBe("_\r\n");
  });
});

describe("CLIENT REPLY", () => {
  it("skips one reply, or all until ON", () => {
    const { say } = scenario();
    expect(["CLIENT REPLY SKIP", "PING", "PING"].map((line) => say(1, line))).toEqual([
      "",
      "",
      "+PONG\r\n",
    ]);
    expect(["CLIENT REPLY OFF", "PING", "NOPE"].map((line) => say(1, line))).toEqual(["", "", ""]);
    expect(say(1, "CLIENT REPLY SKIP") + say(1, "PING")).toBe("");
    expect(say(1, "CLIENT REPLY ON")).toBe(OK);
  });

  it("is ended by RESET, whose own reply may still be skipped", () => {
    const { say } = scenario();
    say(1, "CLIENT REPLY OFF");
    expect(say(1, "RESET")).toBe("+RESET\r\n");
    say(1, "CLIENT REPLY SKIP");
    expect(say(1, "RESET")).toBe("");
    expect(say(1, "PING")).toBe("+PONG\r\n");
  });
});

describe("connections end", () => {
  it("with QUIT, even inside a transaction", () => {
    const talk = scenario();
    talk.say(1, "MULTI");
    const { closes, replies } = talk.step(1, "QUIT", "now");
    expect([closes, replies.length, talk.state.sessions.has(1)]).toEqual([true, 1, false]);
  });

  it("without a word when a browser speaks", () => {
    const talk = scenario();
    expect(talk.step(1, "POST", "/")).toMatchObject({ closes: true, replies: [] });
    expect(talk.step(2, "Host:", "x")).toMatchObject({ closes: true, replies: [] });
  });

  it("when another client kills them", () => {
    const talk = scenario();
    talk.step(1, "CLIENT", "KILL", "ID", "1", "ID", "3");
    expect([...talk.state.sessions.keys()]).toEqual([1, 2]);
    talk.step(1, "CLIENT", "KILL", "ADDR", "127.0.0.1:1", "ID", "2");
    talk.step(1, "CLIENT", "KILL", "TYPE", "replica");
    expect([...talk.state.sessions.keys()]).toEqual([1, 2]);
    talk.step(1, "CLIENT", "KILL", "TYPE", "normal");
    expect([...talk.state.sessions.keys()]).toEqual([1]);
    expect(talk.step(1, "CLIENT", "KILL", "SKIPME", "no", "USER", "default").closes).toBe(true);
  });
});

describe("unknown commands", () => {
  it("shows as much of the arguments as Redis does", () => {
    const { say, step } = scenario();
    const long = "x".repeat(200);
    expect(say(1, `${long} ${long} y`)).toBe(
      `-ERR unknown command '${long.slice(0, 128)}', with args beginning with: '${long.slice(0, 128)}' \r\n`,
    );
    expect(say(1, "no a\0b c\r\nd")).toBe(
      "-ERR unknown command 'no', with args beginning with: 'a' 'c  d' \r\n",
    );
    expect(step(1, "GET\0", "k").replies[0]).toMatchObject({
      text: "ERR unknown command 'GET', with args beginning with: 'k' ",
    });
  });

  it("names the container of an unknown subcommand", () => {
    const { say } = scenario();
    expect(say(1, "object foo")).toBe("-ERR unknown subcommand 'foo'. Try OBJECT HELP.\r\n");
    expect(say(1, "OBJECT encoding")).toBe(
      "-ERR wrong number of arguments for 'object|encoding' command\r\n",
    );
  });
});
