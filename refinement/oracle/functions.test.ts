/**
 * Functions beside redis-server: what libraries may do while they are loaded and when their functions
 * run, in code that the model does not know. Every reply must be the same, byte for byte.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { commands } from "../../impl/commands/index.ts";
import { type TestInstance, testInstance } from "../../testing/instance.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { type RedisServer, startRedis } from "./redis.ts";

let redis: RedisServer;
let client: WireClient;
let ours: TestInstance;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

beforeEach(async () => {
  ours = testInstance(commands);
  for (const request of [["FLUSHALL"], ["FUNCTION", "FLUSH"], ["SCRIPT", "FLUSH"]]) {
    await ask(client, ...request);
  }
});

/** Sends a request to both, and returns the reply, which is the same. */
async function both(...request: string[]): Promise<string> {
  const theirs = await ask(client, ...request);
  expect(ours.send(...request), JSON.stringify(request)).toBe(theirs);
  return theirs;
}

const load = (code: string) => both("FUNCTION", "LOAD", "REPLACE", `#!lua name=l\n${code}`);
/** Loads a library of one function with that body, and calls it. */
async function call(body: string, ...args: string[]): Promise<string> {
  await load(`redis.register_function('f', function(keys, args) ${body} end)`);
  return both("FCALL", "f", ...(args.length === 0 ? ["0"] : args));
}

describe("while a library is loaded", () => {
  test.each([
    "return redis.REDIS_VERSION",
    "return",
    "x = 1",
    "_G.x = 1",
    "local a = _G",
    "local a = math",
    "local a = KEYS",
    "local a = nosuch.field",
    "redis.x = 1",
    "redis.call('ping')",
    "redis.pcall('ping')",
    "redis.setresp(3)",
    "redis.sha1hex('')",
    "redis.set_repl(0)",
    "redis.error_reply('x')",
    "redis.log(redis.LOG_WARNING, 'x')",
    "redis.log(redis.LOG_WARNING)",
    "redis.log('x', 'y')",
    "redis.log(7, 'y')",
    "error('x')",
    "local a = {} a.b.c = 1",
    "local a = nil + 1",
    "local a = 'x' .. nil",
    "local a = ('x'):rep(3) redis.register_function(a, function() return a end)",
    "local a = ('x'):gsub('x', function() return nil + 1 end)",
    "local a = ('x').nosuch()",
    "local f f = function() return f() + 1 end f()",
    "return return",
    "local a = 'unfinished",
    "@",
    "redis.register_function()",
    "redis.register_function(1, 2, 3)",
    "redis.register_function(nil)",
    "redis.register_function('a')",
    "redis.register_function('a', 'b')",
    "redis.register_function(nil, function() end)",
    "redis.register_function({}, function() end)",
    "redis.register_function(12, function() end)",
    "redis.register_function(1.5, function() end)",
    "redis.register_function('', function() end)",
    "redis.register_function('a b', function() end)",
    "redis.register_function('a\\0b', function() end)",
    "redis.register_function('a', function() end) redis.register_function('a', function() end)",
    "redis.register_function({})",
    "redis.register_function{1}",
    "redis.register_function{[{}] = 1}",
    "redis.register_function{[true] = 1}",
    "redis.register_function{function_name = 'a'}",
    "redis.register_function{callback = function() end}",
    "redis.register_function{function_name = {}, callback = function() end}",
    "redis.register_function{function_name = 'a', callback = 1}",
    "redis.register_function{function_name = 'a', callback = function() end, description = {}}",
    "redis.register_function{function_name = 'a', callback = function() end, description = 7}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = 'no-writes'}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {}}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {'x'}}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {1}}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {{}}}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {x = 'y'}}",
    "redis.register_function{function_name = 'a', callback = function() end, flags = {'NO-WRITES', 'no-cluster', 'allow-cross-slot-keys', 'allow-stale', 'allow-oom'}}",
    "redis.register_function{FUNCTION_NAME = 'a', Callback = function() end}",
    "redis.register_function{function_name = 'a', callback = function() end, nosuch = 1}",
    "redis.register_function(setmetatable, function() end)",
    "local r = redis.register_function r('a', function() end)",
  ])("%s", async (code) => {
    await load(code);
    await both("FUNCTION", "LIST", "WITHCODE");
    await load(`redis.register_function('z', function() end) ${code}`);
    await both("FUNCTION", "STATS");
  });

  test.each([
    "",
    "x",
    "#",
    "#!",
    "#!\n",
    "#!lua",
    "#!lua\n",
    "#! name=a\n",
    "#!lua name=a",
    "#!lua name\n",
    "#!lua name=\n",
    "#!lua name=a-b\n",
    "#!lua NAME=a\n",
    '#!lua name="a"\n',
    "#!lua name='a'\n",
    '#!lua "name=a"\n',
    '#!lua name="a\n',
    '#!lua name="a"b\n',
    '#!lua name="\\x61"\n',
    '#!"lua" name=a\n',
    "#!lua  name=a  \n",
    "#!lua\tname=a\n",
    "#!lua name=a name=b\n",
    "#!lua name=a flags=no-writes\n",
    "#!lua flags=no-writes\n",
    "#!luau name=a\n",
    "#!Lua name=a\r\n",
    "#!lua name=a\0\n",
  ])("the first line %j", async (line) => {
    await both("FUNCTION", "LOAD", `${line}redis.register_function('f', function() end)`);
    await both("FUNCTION", "LOAD", `${line}\nredis.register_function('g', function() end)`);
  });
});

describe("when a function runs", () => {
  test.each([
    "return {keys[1], args[1], #keys, #args}",
    "return KEYS",
    "return type(keys) .. type(args)",
    "keys[1] = 'x' args.n = 1 return keys[1]",
    "x = 1",
    "_G.x = 1",
    "redis.x = 1",
    "string.x = 1",
    "rawset(_G, 'x', 1)",
    "rawset(redis, 'x', 1)",
    "setmetatable(_G, {})",
    "getmetatable(_G).__index = nil",
    "getmetatable('').__index = nil",
    "local g = getmetatable(_G).__index g['redis'] = 1",
    "return type(getmetatable(_G).__index)",
    "return nosuch",
    "return _G.nosuch",
    "return redis.nosuch",
    "return redis.register_function",
    "return redis.breakpoint",
    "return redis.replicate_commands",
    "return _VERSION",
    "local t = {} for k in pairs(_G) do t[#t + 1] = k end table.sort(t) return t",
    "local t = {} for k in pairs(redis) do t[#t + 1] = k end table.sort(t) return t",
    "return loadstring('return 7')()",
    "return loadstring('x = 1')()",
    "return loadstring('return redis.call(\"ping\")')()",
    "return pcall(error, 'x')",
    "return {pcall(redis.call, 'nosuch')}",
    "return redis.call('nosuch')",
    "return redis.pcall('nosuch')",
    "return redis.call('get')",
    "return redis.call()",
    "return redis.call('fcall', 'f', 0)",
    "return redis.call('function', 'flush')",
    "return redis.call('eval', 'return 1', 0)",
    "return redis.call('incr', 'k')",
    "redis.call('set', 'k', 'x') return redis.call('incr', 'k')",
    "redis.call('select', 3) redis.call('set', 'k', 1) return redis.call('get', 'k')",
    "redis.setresp(3) return redis.call('hgetall', 'h')",
    "redis.setresp(3) return {true, {double = 1.5}, {map = {a = 1}}}",
    "return redis.status_reply('fine')",
    "return redis.error_reply('My error')",
    "return redis.sha1hex('x')",
    "return redis.acl_check_cmd('set', 'k', 1)",
    "return {err = 'x'}",
    "error('x')",
    "error({err = 'My x'})",
    "error()",
    "return nil + 1",
    "local t = {} t.a.b = 1",
    "return cjson.encode({1, 2})",
    "return tostring(7) .. tonumber('8')",
    "return coroutine.wrap(function() return 5 end)()",
    "coroutine.yield(1)",
    "local f f = function() return f() + 1 end return f()",
    "return table.unpack",
    "return unpack({1, 2, 3})",
    "return 1, 2",
    "return",
    "return false",
    "return 3.99",
    "return math.random() < 1",
  ])("%s", async (body) => {
    await call(body);
    await call(body, "1", "key", "argument");
    await both("FCALL_RO", "f", "0");
    await both("KEYS", "*");
  });

  test("what a library has kept of its load can do no more", async () => {
    await load(
      "local lib = redis\n" +
        "redis.register_function('a', function() lib.x = 1 end)\n" +
        "redis.register_function('b', function() return lib.call end)\n" +
        "redis.register_function('c', function() lib.register_function('d', function() end) end)\n" +
        "redis.register_function('e', function() return lib.REDIS_VERSION end)\n" +
        "redis.register_function('g', function() return lib == redis end)\n" +
        "redis.register_function('h', function() return type(getmetatable(lib)) end)\n" +
        "redis.register_function('i', function() local t = {} for k in pairs(lib) do t[#t + 1] = k end table.sort(t) return t end)",
    );
    for (const name of ["a", "b", "c", "e", "g", "h", "i"]) await both("FCALL", name, "0");
  });

  test("functions of a library share what it has made", async () => {
    await load(
      "local n = 0 local function add() n = n + 1 return n end\n" +
        "redis.register_function('a', add) redis.register_function('b', function() return {add(), add()} end)",
    );
    for (const name of ["a", "b", "A"]) await both("FCALL", name, "0");
  });
});

const WRITES = "redis.register_function('w', function() return redis.call('set', 'k', 1) end)";
const READS =
  "redis.register_function{function_name='r', callback=function() return redis.call('get', 'k') end, flags={'no-writes'}}";
const GROWS =
  "redis.register_function{function_name='g', callback=function() return redis.call('set', 'k', 1) end, flags={'allow-oom'}}";

describe("beyond maxmemory", () => {
  const RUNS = [
    ["FCALL", "w", "0"],
    ["FCALL", "r", "0"],
    ["FCALL", "g", "0"],
    ["FCALL_RO", "w", "0"],
    ["FCALL_RO", "r", "0"],
    ["FCALL_RO", "g", "0"],
    ["FCALL", "nosuch", "0"],
    ["FCALL", "w", "x"],
    ["EVAL", "#!lua\nreturn redis.call('set', 'k', 1)", "0"],
    ["EVAL", "#!lua flags=allow-oom\nreturn redis.call('set', 'k', 1)", "0"],
    ["EVAL", "#!lua flags=no-writes\nreturn redis.call('get', 'k')", "0"],
    ["EVAL", "#!lua flags=nosuch\nreturn 1", "0"],
    ["EVAL", "return redis.call('set', 'k', 1)", "0"],
    ["EVAL_RO", "#!lua\nreturn 1", "0"],
    ["EVALSHA", "nosuch", "0"],
  ];

  beforeEach(async () => {
    await load([WRITES, READS, GROWS].join("\n"));
    await both("CONFIG", "SET", "maxmemory", "1");
  });
  afterEach(() => both("CONFIG", "SET", "maxmemory", "0").then(() => {}));

  test("a function is refused or not by what it says of itself", async () => {
    for (const run of [...RUNS, ...RUNS]) await both(...run);
    await both("FUNCTION", "LOAD", "#!lua name=other\nredis.register_function('o', 1)");
    await both("FUNCTION", "RESTORE", "x");
    await both("FUNCTION", "DELETE", "l");
  });

  test("so is a transaction with a call in it", async () => {
    await both("CONFIG", "SET", "maxmemory", "0");
    for (const run of RUNS) {
      await both("MULTI");
      await both(...run);
      await both("CONFIG", "SET", "maxmemory", "1");
      await both("EXEC");
      await both("CONFIG", "SET", "maxmemory", "0");
    }
  });
});
