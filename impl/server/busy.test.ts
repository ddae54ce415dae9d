import { beforeEach, describe, expect, test } from "vitest";
import type { TestConnection } from "../../testing/connection.ts";
import { TestServer } from "../../testing/server.ts";
import { requestText } from "../../testing/wire/request.ts";

const BUSY =
  "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
const UNKILLABLE = /^-UNKILLABLE Sorry the script already executed write commands/;
const KILLED =
  /^-ERR Script killed by user with SCRIPT KILL\.\.\. script: \w{40}, on @user_script:1\.\r\n$/;
const ENDLESS = "while true do end";
/** Ends by itself after ARGV[1] steps. */
const COUNTS = "local n = 0 while n < tonumber(ARGV[1]) do n = n + 1 end return n";
/** Some twenty times as many instructions as pass between two looks at the clock. */
const LONG = "400000";

let server: TestServer;
let a: TestConnection;
let b: TestConnection;

function start(directives: Readonly<Record<string, string>> = {}): void {
  server = TestServer.loaded({ "busy-reply-threshold": "5", appendfsync: "no", ...directives });
  server.clock.usPerLook = 1000;
  a = server.connect();
  b = server.connect();
}

function evaluate(script: string, ...args: readonly string[]): string {
  return requestText("EVAL", script, "0", ...args).slice(0, -2);
}

/** Ends loop turns until no script runs. */
function untilDone(): void {
  for (let turns = 0; server.instance.isBusy; turns++) {
    expect(turns).toBeLessThan(10_000);
    server.turn();
  }
  server.turn();
}

beforeEach(() => start());

describe("a script that runs for long", () => {
  test("others are answered BUSY, but for what may run then", () => {
    expect(a.ask(evaluate(ENDLESS))).toBe("");
    expect(b.ask("GET k")).toBe(BUSY);
    expect(b.ask("NOSUCH", "GET", "MULTI", "GET k", "EXEC")).toBe(
      "-ERR unknown command 'NOSUCH', with args beginning with: \r\n" +
        "-ERR wrong number of arguments for 'get' command\r\n" +
        `+OK\r\n${BUSY}-EXECABORT Transaction discarded because of: ${BUSY.slice(1)}`,
    );
    expect(b.ask("WATCH k", "UNWATCH", "DISCARD", "RESET", "SHUTDOWN", "SHUTDOWN ABORT")).toBe(
      `+OK\r\n+OK\r\n-ERR DISCARD without MULTI\r\n+RESET\r\n${BUSY}-ERR No shutdown in progress.\r\n`,
    );
    expect(server.connect().ask("PING")).toBe(BUSY);
    expect(server.warnings).toEqual([]);
    expect(b.ask("SCRIPT KILL")).toBe("+OK\r\n");
    untilDone();
    expect(a.take()).toMatch(KILLED);
    expect(b.ask("SCRIPT KILL")).toBe("-NOTBUSY No scripts in execution right now.\r\n");
    expect(a.ask("PING")).toBe("+PONG\r\n");
  });

  test("one that ends by itself replies, and what its client has sent meanwhile follows", () => {
    expect(a.ask(evaluate(COUNTS, LONG))).toBe("");
    expect(a.ask("SET k 1")).toBe("");
    expect(b.ask("GET k")).toBe(BUSY);
    untilDone();
    expect(a.take()).toBe(`:${LONG}\r\n+OK\r\n`);
    expect(b.ask("GET k")).toBe("$1\r\n1\r\n");
  });

  test("its writes are one unit, which nobody sees before, and which no kill cuts", () => {
    const script = `redis.call('SET', 'x', '1') ${COUNTS.replace("return", "redis.call('SET', 'y', '2') return")}`;
    expect(a.ask(evaluate(script, LONG))).toBe("");
    expect(b.ask("SCRIPT KILL")).toMatch(UNKILLABLE);
    server.pass(300);
    const file = "/data/appendonlydir/appendonly.aof.1.incr.aof";
    expect(server.disk.text(file)).not.toContain("SET");
    untilDone();
    expect(a.take()).toBe(`:${LONG}\r\n`);
    expect(server.disk.text(file).replaceAll("\r\n", " ")).toContain(
      "MULTI *3 $3 SET $1 x $1 1 *3 $3 SET $1 y $1 2 *1 $4 EXEC",
    );
  });

  test("it is killed within pcall and xpcall, whatever they catch", () => {
    for (const call of [
      "pcall(function() while true do end end)",
      "xpcall(function() while true do end end, error)",
    ]) {
      expect(a.ask(evaluate(`while true do ${call} end`))).toBe("");
      expect(b.ask("GET k")).toBe(BUSY);
      expect(b.ask("SCRIPT KILL")).toBe("+OK\r\n");
      untilDone();
      expect(a.take()).toMatch(KILLED);
    }
    expect(a.ask(evaluate("return {pcall(function() while true do end end)}"))).toBe("");
    expect(b.ask("SCRIPT KILL")).toBe("+OK\r\n");
    untilDone();
    // As in Redis, a script that ends on the same line has caught it.
    expect(a.take()).toBe("*2\r\n$-1\r\n$45\r\nERR Script killed by user with SCRIPT KILL...\r\n");
  });

  test("it is left in a loop of commands", () => {
    expect(a.ask(evaluate("while true do redis.call('GET', 'k') end"))).toBe("");
    expect(b.ask("GET k")).toBe(BUSY);
    expect(b.ask("SCRIPT KILL")).toBe("+OK\r\n");
    untilDone();
    expect(a.take()).toMatch(KILLED);
  });

  test("inside EXEC the other commands run before and after it, and nothing in between", () => {
    expect(
      a.ask("MULTI", "SET k 1", evaluate(ENDLESS), evaluate(COUNTS, LONG), "INCR k", "EXEC"),
    ).toBe("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n");
    expect(b.ask("INCR k")).toBe(BUSY);
    expect(b.ask("SCRIPT KILL")).toBe("+OK\r\n");
    server.turn();
    expect(b.ask("INCR k")).toBe(BUSY);
    untilDone();
    expect(a.take()).toMatch(
      new RegExp(`^\\*4\\r\\n\\+OK\\r\\n-ERR Script killed .*\\r\\n:${LONG}\\r\\n:2\\r\\n$`),
    );
  });

  test("time stands still in it, and no key goes beside it", () => {
    a.ask("SET k 1 PX 50");
    expect(
      a.ask(
        evaluate(
          `${COUNTS.replace("return n", "")} return {redis.call('PTTL', 'k'), redis.call('EXISTS', 'k')}`,
          LONG,
        ),
      ),
    ).toBe("");
    server.pass(1000);
    // A batch of somebody's requests looks at the clock.
    expect(b.ask("GET k")).toBe(BUSY);
    expect(server.instance.data.databases[0]!.size).toBe(1);
    untilDone();
    expect(a.take()).toMatch(/^\*2\r\n:\d+\r\n:1\r\n$/);
    expect(b.ask("GET k")).toBe("$-1\r\n");
  });

  test("a client that goes meanwhile goes when it has ended, and what it wrote stays", () => {
    const script = `${COUNTS.replace("return n", "")} redis.call('SET', 'x', '1')`;
    expect(a.ask(evaluate(script, LONG))).toBe("");
    a.leave();
    expect(b.ask("GET x")).toBe(BUSY);
    expect(server.instance.clients.sessions.size).toBe(2);
    untilDone();
    expect(server.instance.clients.sessions.size).toBe(1);
    expect(b.ask("GET x")).toBe("$1\r\n1\r\n");
  });

  test("whoever waits for what it writes, or listens, is served when it has ended", () => {
    b.ask("BLPOP list 0");
    const c = server.connect();
    c.ask("HELLO 3", "SUBSCRIBE channel");
    const script = `redis.call('PUBLISH', 'channel', 'm') redis.call('RPUSH', 'list', 'v') ${COUNTS}`;
    expect(a.ask(evaluate(script, LONG))).toBe("");
    expect(b.take() + c.take()).toBe("");
    expect(c.ask("GET k")).toBe("");
    untilDone();
    expect(b.take()).toBe("*2\r\n$4\r\nlist\r\n$1\r\nv\r\n");
    expect(c.take()).toBe(`>3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$1\r\nm\r\n${BUSY}`);
  });

  test("of a function FUNCTION STATS tells, and FUNCTION KILL ends it", () => {
    const code =
      "#!lua name=lib\nredis.register_function('endless', function() while true do end end)";
    b.ask(requestText("FUNCTION", "LOAD", code).slice(0, -2));
    expect(a.ask("FCALL endless 1 k")).toBe("");
    const busy = BUSY.replace("SCRIPT", "FUNCTION");
    expect(b.ask("GET k", "SCRIPT KILL")).toBe(busy + busy);
    expect(b.ask("FUNCTION STATS")).toMatch(
      /^\*4\r\n\$14\r\nrunning_script\r\n\*6\r\n\$4\r\nname\r\n\$7\r\nendless\r\n\$7\r\ncommand\r\n\*4\r\n\$5\r\nFCALL\r\n.*duration_ms\r\n:\d+\r\n/s,
    );
    expect(b.ask("FUNCTION KILL")).toBe("+OK\r\n");
    untilDone();
    expect(a.take()).toMatch(
      /^-ERR Script killed by user with FUNCTION KILL\.\.\. script: endless, on @user_function:2\.\r\n$/,
    );
    expect(a.ask(evaluate(ENDLESS))).toBe("");
    expect(b.ask("FUNCTION KILL", "FUNCTION STATS")).toBe(BUSY + BUSY);
    expect(b.ask("SCRIPT KILL")).toBe("+OK\r\n");
    untilDone();
  });

  test("the slow log and the statistics have it as any other command, and whom it has held up", () => {
    b.ask("CONFIG RESETSTAT", "SLOWLOG RESET", "CONFIG SET slowlog-log-slower-than 5000");
    expect(a.ask(evaluate(`redis.call('SET', 'k', '1') ${COUNTS}`, LONG))).toBe("");
    expect(b.ask("GET k")).toBe(BUSY);
    untilDone();
    expect(a.take()).toBe(`:${LONG}\r\n`);
    const slow = b.ask("SLOWLOG GET");
    expect(slow).toMatch(/^\*1\r\n\*6\r\n:\d+\r\n:\d+\r\n:\d{4,}\r\n\*4\r\n\$4\r\nEVAL\r\n/);
    const stats = b.ask("INFO commandstats errorstats");
    expect(stats).toMatch(
      /cmdstat_eval:calls=1,usec=\d{4,},[^\r]*rejected_calls=0,failed_calls=0\r\n/,
    );
    expect(stats).toMatch(/cmdstat_get:calls=0,[^\r]*rejected_calls=1,failed_calls=0\r\n/);
    expect(stats).toContain("errorstat_BUSY:count=1");
  });

  test("a threshold of 0 is none", () => {
    start({ "busy-reply-threshold": "0" });
    expect(a.ask(evaluate(COUNTS, LONG))).toBe(`:${LONG}\r\n`);
  });

  test("where it cannot be left it holds the server for a while, and then ends", () => {
    const endless = [
      "return setmetatable({}, {__index = function() while true do end end}).x",
      "for x in function() while true do end end do end",
      "table.sort({1, 2}, function() while true do end end)",
      "string.gsub('x', 'x', function() while true do end end)",
      "coroutine.wrap(function() while true do end end)()",
    ];
    for (const script of endless) {
      server.clock.usPerLook = 1_000_000;
      expect(a.ask(evaluate(script))).toMatch(
        /^-ERR Script ended: for 5000 milliseconds it could not/,
      );
      server.clock.usPerLook = 1000;
    }
    expect(a.ask("PING")).toBe("+PONG\r\n");
  });

  test("the server ends beside it, and its writes are not in the log", () => {
    expect(a.ask(evaluate("redis.call('SET', 'x', '1') while true do end"))).toBe("");
    b.send("SHUTDOWN NOSAVE");
    expect(server.close()).toBeNull();
    const again = TestServer.loaded({ appendfsync: "no" }, server.disk);
    expect(again.connect().ask("GET x")).toBe("$-1\r\n");
  });
});
