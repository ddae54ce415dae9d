import { expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

function evaluator() {
  const redis = testInstance(commands);
  return { redis, run: (script: string, ...args: string[]) => redis.send("EVAL", script, ...args) };
}

/** The reply of a script without keys. */
function evaluate(script: string): string {
  return evaluator().run(script, "0");
}

test("values of Lua become replies", () => {
  expect(evaluate("return 3.99")).toBe(":3\r\n");
  expect(evaluate("return {1, 'a', nil, 3}")).toBe("*2\r\n:1\r\n$1\r\na\r\n");
  expect(evaluate("return {true, false, {ok='fine'}, {err='My error'}}")).toBe(
    "*4\r\n:1\r\n$-1\r\n+fine\r\n-My error\r\n",
  );
  expect(evaluate("return 2^63")).toBe(":-9223372036854775808\r\n");
});

test("a script's effects are one unit, and a failing script keeps what it wrote", () => {
  const { redis, run } = evaluator();
  run("redis.call('set', KEYS[1], 1) redis.call('incr', KEYS[1])", "1", "k");
  expect(redis.effects()).toEqual(["SELECT 0", "MULTI", "set k 1", "incr k", "EXEC"]);
  const reply = run("redis.call('incr', KEYS[1]) redis.call('nosuch')", "1", "k");
  expect(reply).toMatch(
    /^-ERR Unknown Redis command called from script script: [0-9a-f]{40}, on @user_script:1\.\r\n$/,
  );
  expect(redis.effects()).toEqual(["incr k"]);
  expect(redis.run("get k")).toBe("$1\r\n3\r\n");
});

test("REPL_NONE keeps effects from log and replicas", () => {
  const { redis, run } = evaluator();
  run(
    "redis.call('set','a',1) redis.set_repl(redis.REPL_NONE) redis.call('select',3) " +
      "redis.call('set','b',1) redis.set_repl(redis.REPL_ALL) redis.call('set','c',1)",
    "0",
  );
  expect(redis.effects()).toEqual(["SELECT 0", "MULTI", "set a 1", "SELECT 3", "set c 1", "EXEC"]);
});

test("time stands still within a script, and SELECT stays in it", () => {
  const { redis, run } = evaluator();
  redis.run("set k v px 10");
  redis.clock.advance(11);
  expect(
    run("redis.call('select', 2) return {redis.call('get', 'k'), redis.call('exists', 'k')}", "0"),
  ).toBe("*2\r\n$-1\r\n:0\r\n");
  redis.run("set k v");
  expect(run("redis.call('select', 2) return redis.call('get', 'k')", "0")).toBe("$-1\r\n");
  expect(redis.run("get k")).toBe("$1\r\nv\r\n");
});

test("no script changes what the next one finds", () => {
  const { redis, run } = evaluator();
  const tries = [
    "x = 1",
    "redis.call = nil",
    "rawset(_G, 'x', 1)",
    "setmetatable(_G, {})",
    "getmetatable(_G).__index = nil",
    "getmetatable('').__index = nil",
    "string.format = nil",
    "for k in pairs(_G) do _G[k] = nil end",
    "table.insert(math, 1)",
  ];
  for (const script of tries) {
    expect(run(script, "0"), script).toContain("Attempt to modify a readonly table");
    expect(run("return redis.call('ping')", "0"), script).toBe("+PONG\r\n");
    expect(run("return string.format('%s', ('a'):upper())", "0"), script).toBe("$1\r\nA\r\n");
  }
  expect(run("return nosuch", "0")).toContain("nonexistent global variable 'nosuch'");
  expect(redis.effects()).toEqual([]);
});

test("a script that needs too much ends alone", () => {
  const { run } = evaluator();
  expect(run("local s = 'x' while true do s = s .. s end", "0")).toContain("not enough memory");
  expect(run("local function f() return f() + 1 end return f()", "0")).toContain("stack overflow");
  expect(run("local t = {} t[1] = t return t", "0")).toContain("-ERR reached lua stack limit\r\n");
  expect(run("return 'next'", "0")).toBe("$4\r\nnext\r\n");
});

test("what has been compiled before is not loaded", () => {
  const { run } = evaluator();
  const none = "attempt to call a nil value";
  const dumped = "string.dump(function() return 1 end)";
  expect(run(`return loadstring(${dumped})()`, "0")).toContain(none);
  expect(
    run(`return load(coroutine.wrap(function() coroutine.yield(${dumped}) end))()`, "0"),
  ).toContain(none);
  expect(run("\x1bLua", "0")).toContain("user_script:1: unexpected symbol near 'char(27)'");
  expect(run("return loadstring('return 7')()", "0")).toBe(":7\r\n");
  expect(
    run("local n = 0 return load(function() n = n + 1 return ({'return ', '8'})[n] end)()", "0"),
  ).toBe(":8\r\n");
});

test("scripts are found by their SHA-1, whatever its case, until they are flushed", () => {
  const { redis, run } = evaluator();
  const sha = redis.send("SCRIPT", "LOAD", "return ARGV[1]").slice(5, 45);
  expect(redis.run(`evalsha ${sha.toUpperCase()} 0 x`)).toBe("$1\r\nx\r\n");
  expect(redis.run(`script exists ${sha} ${"0".repeat(40)}`)).toBe("*2\r\n:1\r\n:0\r\n");
  expect(run("return redis.sha1hex('return ARGV[1]')", "0")).toBe(`$40\r\n${sha}\r\n`);
  expect(redis.run("script flush")).toBe("+OK\r\n");
  expect(redis.run(`evalsha ${sha} 0 x`)).toMatch(/^-NOSCRIPT/);
});

test("what a script says of itself binds it", () => {
  const { run, redis } = evaluator();
  expect(run("#!lua flags=no-writes\nreturn redis.call('set','k',1)", "0")).toContain(
    "Write commands are not allowed from read-only scripts.",
  );
  expect(run("#!lua flags=nosuch\nreturn 1", "0")).toBe(
    "-ERR Unexpected flag in script shebang: nosuch\r\n",
  );
  expect(redis.send("EVAL_RO", "#!lua\nreturn 1", "0")).toBe(
    "-ERR Can not execute a script with write flag using *_ro command.\r\n",
  );
  expect(run("#!lua\nerror('x')", "0")).toContain("user_script:2: x");
});

test("a script inside EXEC is one of its commands", () => {
  const { redis } = evaluator();
  redis.run("multi");
  redis.send("EVAL", "redis.call('set','a',1) return redis.call('incr','a')", "0");
  redis.run("incr a");
  expect(redis.run("exec")).toBe("*2\r\n:2\r\n:3\r\n");
  expect(redis.effects()).toEqual(["SELECT 0", "MULTI", "set a 1", "incr a", "incr a", "EXEC"]);
});

test("a script that writes a watched key spoils the transaction", () => {
  const { redis, run } = evaluator();
  redis.run("watch k");
  run("redis.call('set','k',1)", "0");
  redis.run("multi");
  redis.run("get k");
  expect(redis.run("exec")).toBe("*-1\r\n");
});

test("RESP3 in scripts", () => {
  const { redis, run } = evaluator();
  redis.run("hset h f v");
  expect(run("redis.setresp(3) return redis.call('hgetall','h').map.f", "0")).toBe("$1\r\nv\r\n");
  redis.run("hello 3");
  expect(run("redis.setresp(3) return redis.call('hgetall','h')", "0")).toBe(
    "%1\r\n$1\r\nf\r\n$1\r\nv\r\n",
  );
  expect(run("return {map={a=1}}", "0")).toBe("%1\r\n$1\r\na\r\n:1\r\n");
  expect(run("redis.setresp(3) return {true, {double=0.1}, {big_number='12'}}", "0")).toBe(
    "*3\r\n#t\r\n,0.10000000000000001\r\n(12\r\n",
  );
});

test("numbers go to commands and libraries as Redis casts them", () => {
  expect(evaluate("return redis.call('echo', 3.0) .. redis.call('echo', 0.1)")).toBe(
    "$20\r\n30.10000000000000001\r\n",
  );
  expect(evaluate("return string.format('%d %x', 3e9, -1)")).toBe(
    "$27\r\n3000000000 ffffffffffffffff\r\n",
  );
  expect(evaluate("return ('abc'):sub(1, 2^40) .. tostring(2^53)")).toBe(
    "$21\r\nabc9.007199254741e+15\r\n",
  );
  expect(evaluate("return tonumber('ffffffffff', 16)")).toBe(":1099511627775\r\n");
});

test("the libraries that Redis adds", () => {
  expect(evaluate("return cjson.encode({1, {a = cjson.null}, 0.5, 'ü/'})")).toBe(
    '$26\r\n[1,{"a":null},0.5,"ü\\/"]\r\n'.replace("$26", "$24"),
  );
  expect(evaluate('return cjson.decode(\'[1, {"a": ["\\\\u20ac"]}]\')[2].a[1]')).toBe(
    `$3\r\n${Buffer.from("€").toString("latin1")}\r\n`,
  );
  expect(evaluate("return cmsgpack.pack({1, 'a', 300, -1, 0.5})")).toBe(
    "$14\r\n\x95\x01\xa1a\xcd\x01\x2c\xff\xca\x3f\x00\x00\x00\r\n".replace("$14", "$13"),
  );
  expect(evaluate("return {cmsgpack.unpack(cmsgpack.pack('x', {a = {1}}))}")).toContain(
    "$1\r\nx\r\n",
  );
  expect(evaluate("return {bit.band(0xff, 15), bit.lshift(1, 31), bit.bnot(0)}")).toBe(
    "*3\r\n:15\r\n:-2147483648\r\n:-1\r\n",
  );
  expect(evaluate("return {struct.unpack('>I2<i4s', struct.pack('>I2<i4s', 258, -2, 'z'))}")).toBe(
    "*4\r\n:258\r\n:-2\r\n$1\r\nz\r\n:9\r\n",
  );
});
