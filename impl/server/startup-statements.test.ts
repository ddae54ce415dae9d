import { describe, expect, test } from "vitest";
import { testInstance } from "../../testing/instance.ts";
import { transactions } from "../commands/transactions/index.ts";
import { Config } from "../config/config.ts";
import { loadConf } from "../config/load.ts";
import { StartupStatements } from "./startup-statements.ts";

const NO_FILES = { readFile: () => ({ error: "none" }), glob: () => [] };

function load(text: string): { config: Config; reason: string | null } {
  const config = new Config();
  const { apply } = new StartupStatements(config, transactions);
  const failure = loadConf(config, [{ source: "redis.conf", text }], NO_FILES, apply);
  return { config, reason: failure?.reason ?? null };
}

describe("rename-command", () => {
  test("gives a command another name or none", () => {
    const { config, reason } = load('rename-command MULTI Begin\nrename-command exec ""');
    expect(reason).toBeNull();
    const redis = testInstance(transactions, config);
    expect(redis.run("begin")).toBe("+OK\r\n");
    expect(redis.run("multi")).toContain("unknown command 'multi'");
    expect(redis.run("exec")).toContain("unknown command 'exec'");
    expect(redis.run("DISCARD")).toBe("+OK\r\n");
  });

  test("names may be exchanged step by step", () => {
    const text = "rename-command multi x\nrename-command exec multi\nrename-command x exec";
    const { config, reason } = load(text);
    expect(reason).toBeNull();
    expect([...config.renames]).toEqual([
      ["multi", "exec"],
      ["exec", "multi"],
    ]);
  });

  test.each([
    ["rename-command nope x", "No such command in rename-command"],
    ['rename-command multi ""\nrename-command multi x', "No such command in rename-command"],
    ["rename-command multi exec", "Target command name already exists"],
  ])("%j is refused", (text, expected) => {
    expect(load(text).reason).toBe(expected);
  });
});

test("users are taken, their passwords as hashes, and each once", () => {
  expect(load("user default on nopass sanitize-payload ~* &* +@all").reason).toBeNull();
  const { reason, config } = load("user bob on >abc (+multi ~a)");
  expect(reason).toBeNull();
  const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect([...config.users]).toEqual([["bob", ["on", `#${hash}`, "(+multi ~a)"]]]);
  expect(load("user bob\nuser bob").reason).toBe(
    "Error in user declaration 'bob': Duplicate user found. A user can only be defined once in config files",
  );
  expect(load("user bob on +nosuch").reason).toMatch(/'\+nosuch': Unknown command/);
  expect(load("user bob (+multi").reason).toMatch(/Syntax error/);
});

test("what the server cannot keep is refused", () => {
  expect(load("loadmodule /m.so").reason).toBe("Modules are not supported");
  expect(load("m.x yes").reason).toBe("Modules are not supported");
});
