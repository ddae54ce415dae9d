import { describe, expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { Config } from "../../config/config.ts";
import { findDirective } from "../../config/directives.ts";
import { NO_CONTROL } from "../../ports/server-control.ts";
import { NO_FACTS } from "../../ports/server-facts.ts";
import { Request } from "../../resp/request.ts";
import { createInstance } from "../../session/executor.ts";
import { CONFIG } from "./config.ts";

describe("CONFIG", () => {
  test("GET answers an array in RESP2 and a map in RESP3", () => {
    const redis = testInstance([CONFIG]);
    expect(redis.run("config get hz slave-prio*")).toBe(
      "*4\r\n$2\r\nhz\r\n$2\r\n10\r\n$14\r\nslave-priority\r\n$3\r\n100\r\n",
    );
    expect(redis.run("config get nope")).toBe("*0\r\n");
    redis.session.reply.protocol = 3;
    expect(redis.run("config get hz")).toBe("%1\r\n$2\r\nhz\r\n$2\r\n10\r\n");
  });

  test("SET changes what the server reads", () => {
    const redis = testInstance([CONFIG]);
    expect(redis.run("config set slowlog-max-len 7 Latency-Tracking no")).toBe("+OK\r\n");
    expect(redis.instance.settings.slowlogMaxLength).toBe(7);
    expect(redis.instance.settings.latencyTracking).toBe(false);
    expect(redis.run("config set hz 5 slowlog-max-len x")).toBe(
      "-ERR CONFIG SET failed (possibly related to argument 'slowlog-max-len') - " +
        "argument couldn't be parsed into an integer\r\n",
    );
    expect(redis.run("config get hz")).toContain("$2\r\n10\r\n");
    expect(redis.run("config set a b c")).toBe("-ERR syntax error\r\n");
    expect(redis.run("config set a")).toBe(
      "-ERR wrong number of arguments for 'config|set' command\r\n",
    );
    expect(redis.send("config", "set", "a\r\nb", "c")).toBe(
      "-ERR Unknown option or number of arguments for CONFIG SET - 'a  b'\r\n",
    );
  });

  test("SET keeps passwords out of the slow log, even when it fails", () => {
    const redis = testInstance([CONFIG]);
    redis.run("config set slowlog-log-slower-than 0");
    redis.run("config set nope 1 requirepass secret hz 5");
    expect(redis.instance.slowlog.newest(1)[0]!.args).toEqual([
      "config",
      "set",
      "nope",
      "1",
      "requirepass",
      "(redacted)",
      "hz",
      "5",
    ]);
  });

  test("SET of protected directives is for those whom the configuration allows", () => {
    const directives = new Config();
    directives.load(findDirective("enable-protected-configs")!, ["local"]);
    const redis = testInstance([CONFIG], directives);
    expect(redis.run("config set dbfilename x")).toBe("+OK\r\n");
    const facts = { address: "10.0.0.1:5", localAddress: "10.0.0.2:6379", fd: 9 };
    const stranger = redis.instance.clients.connect(facts);
    redis.instance.executor.dispatch(stranger, Request.of("config", "set", "dbfilename", "y"));
    expect(stranger.reply.bytes.toString("latin1", 0, stranger.reply.length)).toBe(
      "-ERR CONFIG SET failed (possibly related to argument 'dbfilename') - " +
        "can't set protected config\r\n",
    );
  });

  test("RESETSTAT forgets the statistics of the server and of every command", () => {
    const redis = testInstance([CONFIG]);
    redis.run("config get hz");
    redis.run("config nope");
    expect(redis.instance.commands.byName("config|get")!.calls).toBe(1);
    expect(redis.instance.statistics.errorReplies).toBe(1);
    expect(redis.run("config resetstat")).toBe("+OK\r\n");
    expect(redis.instance.commands.byName("config|get")!.calls).toBe(0);
    expect(redis.instance.statistics.errorReplies).toBe(0);
    // As in Redis, the command that resets counts as the first one after.
    expect(redis.instance.statistics.commandsProcessed).toBe(1);
  });

  test("REWRITE needs a configuration file", () => {
    expect(testInstance([CONFIG]).run("config rewrite")).toBe(
      "-ERR The server is running without a config file\r\n",
    );
  });

  test.each([
    [null, "+OK\r\n", "CONFIG REWRITE executed with success."],
    [
      "Permission denied",
      "-ERR Rewriting config file: Permission denied\r\n",
      "CONFIG REWRITE failed: Permission denied",
    ],
  ])("REWRITE hands the new text to the port: %s", (failure, reply, logged) => {
    const files: Record<string, string> = { "/etc/redis.conf": "# mine\nhz 5\n" };
    const log: string[] = [];
    const control = {
      ...NO_CONTROL,
      log: (text: string) => void log.push(text),
      rewriteFile: (path: string, change: (text: string) => string) => {
        files[path] = change(files[path]!);
        return failure;
      },
    };
    const { clock } = testInstance([CONFIG]);
    const ports = {
      clock,
      random: { nextU32: () => 1 },
      journal: { enabled: false, append: () => {}, settle: () => {} },
      facts: { ...NO_FACTS, configFile: "/etc/redis.conf" },
      control,
    };
    const instance = createInstance(ports, [CONFIG]);
    const session = instance.clients.connect({ address: "127.0.0.1:1", localAddress: "", fd: 1 });
    instance.executor.dispatch(session, Request.of("config", "set", "hz", "20"));
    session.outbox.drop();
    instance.executor.dispatch(session, Request.of("CONFIG", "REWRITE"));
    expect(session.reply.bytes.toString("latin1", 0, session.reply.length)).toBe(reply);
    expect(files["/etc/redis.conf"]).toMatch(
      /^# mine\nhz 20\n\n# Generated by CONFIG REWRITE\ndir /,
    );
    expect(log).toEqual([logged]);
  });

  test("HELP is Redis' text", () => {
    const lines = testInstance([CONFIG]).run("config help").split("\r\n").slice(1, -1);
    expect(lines).toEqual([
      "+CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "+GET <pattern>",
      "+    Return parameters matching the glob-like <pattern> and their values.",
      "+SET <directive> <value>",
      "+    Set the configuration <directive> to <value>.",
      "+RESETSTAT",
      "+    Reset statistics reported by the INFO command.",
      "+REWRITE",
      "+    Rewrite the configuration file.",
      "+HELP",
      "+    Prints this help.",
    ]);
  });
});
