import { describe, expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

const HELLO = "#!lua name=hello\nredis.register_function('greet', function() return 'hello' end)";

function instance() {
  const redis = testInstance(commands);
  return {
    redis,
    load: (...args: string[]) => redis.send("FUNCTION", "LOAD", ...args),
    define: (body: string) => redis.send("FUNCTION", "LOAD", "REPLACE", `#!lua name=l\n${body}`),
  };
}

/** The bytes of a bulk reply. */
function bulk(reply: string): string {
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

test("a function is called by its name, whatever its case, with keys and arguments", () => {
  const { redis, define } = instance();
  expect(define("redis.register_function('f', function(k, a) return {k[1], a[1], #a} end)")).toBe(
    "$1\r\nl\r\n",
  );
  expect(redis.run("fcall F 1 key x y")).toBe("*3\r\n$3\r\nkey\r\n$1\r\nx\r\n:2\r\n");
  expect(redis.run("fcall nosuch 0")).toBe("-ERR Function not found\r\n");
  expect(redis.run("fcall f x")).toBe("-ERR Bad number of keys provided\r\n");
  expect(redis.run("fcall f 1")).toMatch(/^-ERR Number of keys can't be greater/);
  expect(redis.run("fcall f -1")).toMatch(/^-ERR Number of keys can't be negative/);
});

test("a function's effects are those of its commands, in one unit", () => {
  const { redis, define } = instance();
  define("redis.register_function('f', function(k) redis.call('set', k[1], 1) return redis.call('incr', k[1]) end)");
  expect(redis.effects()[1]).toMatch(/^FUNCTION LOAD REPLACE "#!lua name=l/);
  expect(redis.run("fcall f 1 k")).toBe(":2\r\n");
  expect(redis.effects()).toEqual(["MULTI", "set k 1", "incr k", "EXEC"]);
});

test("the errors of functions say where they were raised", () => {
  const { redis, define } = instance();
  define("redis.register_function('f', function()\nerror('boom') end)");
  expect(redis.run("fcall f 0")).toBe(
    "-ERR user_function:3: boom script: f, on @user_function:3.\r\n",
  );
  define("redis.register_function('f', function() return redis.call('nosuch') end)");
  expect(redis.run("fcall f 0")).toBe(
    "-ERR Unknown Redis command called from script script: f, on @user_function:2.\r\n",
  );
});

describe("while a library is loaded", () => {
  test.each([
    ["redis.call('ping')", "nonexistent global variable 'call'"],
    ["math.random()", "nonexistent global variable 'math'"],
    ["x = 1", "Attempt to modify a readonly table"],
    ["redis.x = 1", "Attempt to modify a readonly table"],
    ["getmetatable(_G)", "nonexistent global variable 'getmetatable'"],
    ["redis.register_function()", "ERR wrong number of arguments to redis.register_function"],
    ["redis.register_function('f', 1)", "second argument to redis.register_function must be"],
    ["redis.register_function{callback=function() end}", "must get a function name argument"],
    ["redis.register_function{function_name='f', x=1}", "unknown argument given"],
    ["redis.register_function('f-', function() end)", "Library names can only contain"],
    ["local a = nil + 1", "ERR user_function:2: attempt to perform arithmetic on a nil value"],
  ])("%s fails", (code, error) => {
    const { redis, define } = instance();
    const reply = define(`${code} redis.register_function('f', function() end)`);
    expect(reply).toMatch(/^-ERR Error registering functions: /);
    expect(reply).toContain(error);
    expect(redis.effects()).toEqual([]);
    expect(redis.run("function list")).toBe("*0\r\n");
  });

  test("what a function finds differs, and neither can be changed", () => {
    const { redis, define } = instance();
    define("local lib = redis redis.register_function('f', function() lib.x = 1 end) " +
      "redis.register_function('g', function() x = 1 end) " +
      "redis.register_function('h', function() return redis.register_function == nil end) " +
      "redis.register_function('i', function() return type(_G.math) .. type(tostring) end) " +
      "redis.register_function('j', function() lib.register_function('k', function() end) end)");
    expect(redis.run("fcall f 0")).toContain("Attempt to modify a readonly table");
    expect(redis.run("fcall g 0")).toContain("Attempt to modify a readonly table");
    expect(redis.run("fcall h 0")).toBe(":1\r\n");
    expect(redis.run("fcall i 0")).toBe("$13\r\ntablefunction\r\n");
    expect(redis.run("fcall j 0")).toContain("can only be called on FUNCTION LOAD command");
    expect(redis.run("eval return(KEYS) 0")).toBe("*0\r\n");
  });

  test("time is limited", () => {
    const redis = testInstance(commands, undefined, {
      clock: { wallMs: () => 0, wallUs: () => 0, monotonicUs: ticking(400_000) },
    });
    const code = "#!lua name=l\nwhile true do end";
    expect(redis.send("FUNCTION", "LOAD", code)).toBe(
      "-ERR Error registering functions: ERR FUNCTION LOAD timeout\r\n",
    );
    expect(redis.send("FUNCTION", "LOAD", HELLO)).toBe("$5\r\nhello\r\n");
  });
});

/** A clock of which each look takes its time. */
function ticking(stepUs: number): () => number {
  let nowUs = 0;
  return () => (nowUs += stepUs);
}

test("a library that cannot be loaded leaves the one that it would replace", () => {
  const { redis, load } = instance();
  load(HELLO);
  const error = load(HELLO);
  expect(error).toBe("-ERR Library 'hello' already exists\r\n");
  expect(load("REPLACE", "#!lua name=hello\nx=1")).toMatch(/^-ERR Error registering/);
  expect(load("REPLACE", "#!lua name=hello\nreturn return")).toMatch(/^-ERR Error compiling/);
  expect(load("REPLACE", "#!lua name=hello\n")).toBe("-ERR No functions registered\r\n");
  expect(load(HELLO.replace("name=hello", "name=other"))).toBe(
    "-ERR Function greet already exists\r\n",
  );
  expect(redis.run("fcall greet 0")).toBe("$5\r\nhello\r\n");
  expect(load("REPLACE", HELLO.replace("greet", "wave"))).toBe("$5\r\nhello\r\n");
  expect(redis.run("fcall greet 0")).toMatch(/^-ERR Function not found/);
  expect(redis.run("function delete hello")).toBe("+OK\r\n");
  expect(redis.effects().at(-1)).toBe("function delete hello");
  expect(redis.run("fcall wave 0")).toMatch(/^-ERR Function not found/);
});

test.each([
  ["", "Missing library metadata"],
  ["#!lua name=a", "Invalid library metadata"],
  ['#!lua name="a\n', "Invalid library metadata"],
  ["#!lua\n", "Library name was not given"],
  ["#!lua name=a name=b\n", "Invalid metadata value, name argument was given multiple times"],
  ["#!lua name=a x=y\n", "Invalid metadata value given: x=y"],
  ["#! name=a\n", "Engine '' not found"],
  ["#!lua name=a-b\n", "Library names can only contain letters, numbers, or underscores(_) and"],
])("the first line %j is refused", (code, error) => {
  expect(instance().load(code)).toContain(`-ERR ${error}`);
});

test("flags bind a function, and LIST shows them", () => {
  const { redis, define } = instance();
  define("redis.register_function{function_name='r', callback=function() return redis.call('set', 'a', 1) end, " +
    "flags={'no-writes', 'Allow-Stale'}, description='reads'} " +
    "redis.register_function('w', function() return redis.call('set', 'a', 1) end)");
  expect(redis.run("fcall r 0")).toContain("Write commands are not allowed from read-only scripts");
  expect(redis.run("fcall_ro w 0")).toBe(
    "-ERR Can not execute a script with write flag using *_ro command.\r\n",
  );
  expect(redis.run("fcall w 0")).toBe("+OK\r\n");
  redis.run("hello 3");
  expect(redis.run("function list libraryname L*")).toBe(
    "*1\r\n%3\r\n$12\r\nlibrary_name\r\n$1\r\nl\r\n$6\r\nengine\r\n$3\r\nLUA\r\n$9\r\nfunctions\r\n*2\r\n" +
      "%3\r\n$4\r\nname\r\n$1\r\nr\r\n$11\r\ndescription\r\n$5\r\nreads\r\n$5\r\nflags\r\n~2\r\n+no-writes\r\n+allow-stale\r\n" +
      "%3\r\n$4\r\nname\r\n$1\r\nw\r\n$11\r\ndescription\r\n_\r\n$5\r\nflags\r\n~0\r\n",
  );
});

test("DUMP and RESTORE carry libraries over, all or none", () => {
  const { redis, load } = instance();
  load(HELLO);
  const payload = bulk(redis.run("function dump"));
  const restore = (...policy: string[]) => redis.send("FUNCTION", "RESTORE", payload, ...policy);
  expect(restore()).toBe("-ERR Library hello already exists\r\n");
  expect(restore("REPLACE")).toBe("+OK\r\n");
  load("REPLACE", HELLO.replace("greet", "wave"));
  load(HELLO.replace("name=hello", "name=other"));
  expect(restore("replace")).toBe("-ERR Function greet already exists\r\n");
  expect(redis.run("fcall wave 0")).toBe("$5\r\nhello\r\n");
  redis.effects();
  expect(restore("flush")).toBe("+OK\r\n");
  expect(redis.effects()[0]).toMatch(/^FUNCTION RESTORE /);
  expect(redis.run("fcall wave 0")).toMatch(/^-ERR Function not found/);
  expect(redis.run("fcall greet 0")).toBe("$5\r\nhello\r\n");
  expect(redis.send("FUNCTION", "RESTORE", "x")).toBe(
    "-ERR DUMP payload version or checksum are wrong\r\n",
  );
});

test("libraries survive FLUSHALL, and end with FUNCTION FLUSH", () => {
  const { redis, load } = instance();
  load(HELLO);
  redis.run("flushall");
  redis.run("script flush");
  expect(redis.run("function stats")).toContain("functions_count\r\n:1\r\n");
  expect(redis.run("fcall greet 0")).toBe("$5\r\nhello\r\n");
  expect(redis.run("info memory")).toContain("number_of_functions:1\r\nnumber_of_libraries:1\r\n");
  redis.effects();
  expect(redis.run("function flush")).toBe("+OK\r\n");
  expect(redis.effects()).toEqual(["function flush"]);
  expect(redis.run("function list")).toBe("*0\r\n");
});

test("after a machine has failed libraries are loaded again", () => {
  const { redis, define, load } = instance();
  load(HELLO);
  define("local kept = 0 redis.register_function('count', function() kept = kept + 1 return kept end)");
  expect(redis.run("fcall count 0")).toBe(":1\r\n");
  expect(redis.run("fcall count 0")).toBe(":2\r\n");
  redis.instance.scripts.functions.engine.reset();
  expect(redis.run("fcall count 0")).toBe(":1\r\n");
  expect(redis.run("fcall greet 0")).toBe("$5\r\nhello\r\n");
  expect(redis.run("fcall count 0")).toBe(":2\r\n");
});

test("libraries count as memory in use", () => {
  const { redis, define } = instance();
  // What Lua takes beside them counts as well, and stays.
  const used = (): number => {
    const info = redis.run("info memory");
    const field = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(info)![1]);
    return field("used_memory") - field("used_memory_vm_total");
  };
  const before = used();
  define(`--${"x".repeat(100_000)}\nredis.register_function('f', function() end)`);
  expect(used()).toBeGreaterThan(before + 100_000);
  redis.run("config set maxmemory 1");
  expect(define("redis.register_function('f', function() end)")).toMatch(/^-OOM /);
  redis.run("function delete l");
  redis.run("config set maxmemory 0");
  expect(used()).toBeLessThan(before + 10_000);
});

test("a log begins with the libraries", () => {
  const { redis, load } = instance();
  load(HELLO);
  const lines: string[] = [];
  redis.instance.data.journalTo({
    enabled: true,
    append: (bytes, start, length) =>
      lines.push(Buffer.from(bytes.subarray(start, start + length)).toString("latin1")),
    settle: () => {},
  });
  expect(lines.join("")).toContain(`$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$${HELLO.length}\r\n${HELLO}`);
});
