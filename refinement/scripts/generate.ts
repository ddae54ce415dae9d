/**
 * Random scripts, valid and hostile: expressions over every library, values of every kind at the
 * borders, statements that loop, fail, catch and call commands.
 */
import { seededRandom } from "../../testing/random.ts";
import { CALLS } from "./calls.ts";

/** A script and what it uses. */
export interface GeneratedScript {
  readonly text: string;
  /** It is the body of a function with these flags, of a library of its own; null for EVAL. */
  readonly functionFlags: string | null;
  /** What stands behind the script or the function's name: the number of keys, keys and arguments. */
  readonly args: readonly string[];
  /** The features that it has, by name. */
  readonly features: ReadonlySet<string>;
  /** It speaks RESP3. */
  readonly isResp3: boolean;
}

const STRINGS = [
  "''",
  "'a'",
  "'abc'",
  "'hello world'",
  "'10'",
  "'0x10'",
  "' 7 '",
  "'1e3'",
  "'-0'",
  "'nan'",
  "'\\0b'",
  "'\\255\\254'",
  "'%d'",
  "'%5.2f|%s'",
  "'%'",
  "'^a+b?'",
  "'(%w+) (%w+)'",
  "'[a-c]'",
  "'%b()'",
  "'key:1'",
  '\'{"a":[1,2,{"b":null}]}\'',
  "'[1,2.5,true,null]'",
  "'{'",
  "'\"\\\\u00e9\\\\ud83d\\\\ude00\"'",
  "'\\147\\1\\2\\3'",
  "'\\129\\161a\\1'",
  "'>I2'",
  "'<i4'",
  "'bBhHlLfd'",
  "'s'",
  "'c3'",
  "'>!4bi8'",
];
const NUMBERS = [
  "0",
  "1",
  "-1",
  "2",
  "3.5",
  "0.1",
  "10",
  "255",
  "256",
  "1e15",
  "1e16",
  "1e100",
  "2^31",
  "2^31-1",
  "-2^31",
  "2^32",
  "2^40",
  "2^53",
  "-2^53",
  "2^63",
  "-2^63",
  "1/0",
  "-1/0",
  "1e-5",
  "123456789012",
  "0.1+0.2",
  "-0.5",
  "1e300",
  "3000000000",
];
const OTHERS = [
  "nil",
  "true",
  "false",
  "{}",
  "{1,2,3}",
  "{1,nil,3}",
  "{a=1}",
  "{ok='fine'}",
  "{err='My error'}",
  "{double=3.25}",
  "{{1},{2,{3}}}",
  "KEYS",
  "ARGV",
  "cjson.null",
  "redis",
  "string",
  "{[1]=1,[3]=3}",
  "{[0]=1}",
  "{1,2,a=3}",
  "{map={a=1}}",
  "{set={x=true}}",
  "{big_number='123'}",
  "{verbatim_string={format='txt',string='hi'}}",
];
const NAMES = ["a", "b", "c", "t"];

/** Calls of library functions: `S` a string, `N` a number, `T` a table, `V` anything, `F` a function. */
const LIBRARY = [
  "string.byte(S,N,N)",
  "string.byte(S)",
  "string.char(N)",
  "string.char(N,N)",
  "string.find(S,S)",
  "string.find(S,S,N)",
  "string.find(S,S,N,V)",
  "string.format(S,V)",
  "string.format('%d',N)",
  "string.format('%5d|%-5d|%05d',N,N,N)",
  "string.format('%x %X %o',N,N,N)",
  "string.format('%u',N)",
  "string.format('%g %e %f',N,N,N)",
  "string.format('%.3f',N)",
  "string.format('%q',S)",
  "string.format('%s %10s %-10s|',V,S,S)",
  "string.format('%c',N)",
  "string.format('%i %+d % d',N,N,N)",
  "string.format('%.14g %.17g',N,N)",
  "string.gmatch(S,S)()",
  "string.gsub(S,S,S)",
  "string.gsub(S,S,S,N)",
  "string.gsub(S,'.',{a='b',b=false})",
  "string.gsub(S,'%w',F)",
  "string.len(S)",
  "string.lower(S)",
  "string.upper(S)",
  "string.match(S,S)",
  "string.match(S,S,N)",
  "string.rep(S,3)",
  "string.rep(S,-1)",
  "string.reverse(S)",
  "string.sub(S,N,N)",
  "string.sub(S,N)",
  "S:sub(N,N)",
  "S:upper()",
  "#S",
  "S..N",
  "S..S",
  "table.concat(T)",
  "table.concat(T,S)",
  "table.concat(T,S,N,N)",
  "#T",
  "table.getn(T)",
  "table.maxn(T)",
  "table.remove(T)",
  "table.remove(T,N)",
  "select('#',V,V)",
  "select(N,V,V,V)",
  "unpack(T)",
  "unpack(T,1,3)",
  "next(T)",
  "type(V)",
  "tostring(N)",
  "tostring(S)",
  "tonumber(V)",
  "tonumber(S,16)",
  "tonumber(S,N)",
  "rawequal(V,V)",
  "rawget(T,N)",
  "getmetatable(V)==nil",
  "pcall(F)",
  "pcall(F,V)",
  "pcall(error,V)",
  "pcall(error,{err='E x'})",
  "xpcall(F,F)",
  "assert(V)",
  "assert(V,S)",
  "math.abs(N)",
  "math.ceil(N)",
  "math.floor(N)",
  "math.max(N,N)",
  "math.min(N,N)",
  "math.fmod(N,N)",
  "math.modf(N)",
  "math.pow(N,N)",
  "math.sqrt(N)",
  "math.frexp(N)",
  "math.ldexp(N,N)",
  "math.pi",
  "math.huge",
  "cjson.encode(V)",
  "cjson.encode(T)",
  "cjson.encode({V,V})",
  "cjson.encode({a=V})",
  "cjson.decode(S)",
  "cjson.decode(cjson.encode(V))",
  "cjson.encode(cjson.decode(S))",
  "cjson.decode('['..N..']')[1]",
  "cjson.encode(N)",
  "pcall(cjson.decode,V)",
  "cmsgpack.pack(V)",
  "cmsgpack.pack(V,V)",
  "cmsgpack.unpack(cmsgpack.pack(V))",
  "cmsgpack.unpack(S)",
  "cmsgpack.unpack_one(S)",
  "cmsgpack.unpack_limit(S,N)",
  "cmsgpack.unpack_one(cmsgpack.pack(V,V),N)",
  "cmsgpack.pack(N)",
  "cmsgpack.unpack(cmsgpack.pack(N))",
  "bit.band(N,N)",
  "bit.bor(N,N)",
  "bit.bxor(N,N)",
  "bit.bnot(N)",
  "bit.lshift(N,N)",
  "bit.rshift(N,N)",
  "bit.arshift(N,N)",
  "bit.rol(N,5)",
  "bit.ror(N,3)",
  "bit.tobit(N)",
  "bit.tohex(N)",
  "bit.tohex(N,4)",
  "bit.bswap(N)",
  "bit.band(V,V)",
  "struct.pack(S,N)",
  "struct.pack('>I2',N)",
  "struct.pack('<i8',N)",
  "struct.pack('>l',N)",
  "struct.pack('bBhH',1,2,3,4)",
  "struct.pack('fd',N,N)",
  "struct.pack('s',S)",
  "struct.unpack(S,S)",
  "struct.unpack('>I2',S)",
  "struct.unpack('<i4',S,N)",
  "struct.unpack('>l',struct.pack('>l',N))",
  "struct.unpack('d',struct.pack('d',N))",
  "struct.size(S)",
  "struct.unpack('c2s',S)",
  "redis.sha1hex(S)",
  "redis.sha1hex(V)",
  "redis.error_reply(S)",
  "redis.error_reply(V)",
  "redis.status_reply(S)",
  "redis.status_reply(V)",
  "redis.REDIS_VERSION",
  "redis.REDIS_VERSION_NUM",
  "redis.LOG_NOTICE",
  "redis.REPL_ALL",
  "redis.breakpoint()",
  "redis.replicate_commands()",
  "redis.acl_check_cmd('get','x')",
  "redis.acl_check_cmd(V)",
  "redis.setresp(3)",
  "redis.setresp(V)",
  "redis.set_repl(redis.REPL_ALL)",
  "redis.set_repl(N)",
  "redis.log(redis.LOG_DEBUG,S)",
  "redis.log(V)",
  "KEYS[1]",
  "ARGV[1]",
  "ARGV[2]",
  "#KEYS",
  "#ARGV",
  "N+N",
  "N-N",
  "N*N",
  "N/N",
  "N%N",
  "-N",
  "not V",
  "V==V",
  "S<S",
  "N<N",
  "V and V",
  "V or V",
  "S+1",
  "V+1",
  "V..V",
  "T[N]",
  "T.a",
  "V.x",
  "V()",
  "loadstring('return '..N)()",
  "loadstring(S)",
  "coroutine.wrap(F)(V)",
  "coroutine.yield(V)",
  "coroutine.running()",
  "coroutine.status(coroutine.create(F))",
  "setmetatable({},{__index=function(t,k) return k end})[N]",
  "tostring(setmetatable({},{__tostring=function() return 'me' end}))",
  "rawset({},N,V)[N]",
  "nosuchglobal",
  "tostring(getmetatable(S))",
];

/** Statements; `E` stands for an expression, `B` for a block. */
const STATEMENTS = [
  "local a = E",
  "local b, c = E, E",
  "local t = {E, E}",
  "a = E",
  "if V then B end",
  "if N < N then B else B end",
  "for i = 1, 3 do B end",
  "for i, v in ipairs(T) do B end",
  "local n = 0 for k, v in pairs(T) do n = n + 1 end",
  "while V do B break end",
  "repeat B until true",
  "do B end",
  "return E",
  "return {E, E}",
  "return E, E",
  "return pcall(function() B return E end)",
  "error(E)",
  "error(V)",
  "local ok, e = pcall(function() B end) if not ok then return e end",
  "redis.foo = E",
  "_G.zzz = E",
  "rawset(_G, 'zzz', E)",
  "setmetatable(_G, {})",
  "string.zzz = 1",
  "table.insert(T, E)",
  "table.insert(T, 2, E)",
  "table.insert(T, 0, E)",
  "table.sort({3,1,2}) ",
  "table.sort({'b','a'}, function(x, y) return x < y end)",
  "local f = function(...) return select('#', ...) end",
  "KEYS[1] = E",
  "local t = {} t[E] = 1",
  "table.foreach({1,2}, function(k, v) end)",
];

/** Where a library's function is named. */
const FEATURE = /\b(string|table|math|cjson|cmsgpack|bit|struct|redis|coroutine)\.(\w+)/g;

/** Draws scripts from a seed. */
export class ScriptGenerator {
  readonly #draw: () => number;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#draw = () => random.nextU32();
  }

  next(): GeneratedScript {
    const body = this.#chance(4)
      ? `return ${this.#expression(0)}`
      : `${this.#block(0)} return ${this.#expression(0)}`;
    const functionFlags = this.#chance(3) ? this.#pick(FUNCTION_FLAGS) : null;
    const shebang = functionFlags === null && this.#chance(16) ? this.#pick(SHEBANGS) : "";
    const text = shebang + body;
    const args = this.#pick(ARGUMENTS);
    const features = new Set<string>();
    for (const [found] of text.matchAll(FEATURE)) features.add(found);
    for (const [, , command] of text.matchAll(/redis\.p?call\((['"])(\w+)/g))
      features.add(`command ${command}`);
    if (shebang !== "") features.add("shebang");
    const isResp3 = this.#chance(4);
    if (isResp3) features.add("RESP3");
    if (functionFlags !== null) features.add("function");
    return { text, functionFlags, args, features, isResp3 };
  }

  #below(count: number): number {
    return this.#draw() % count;
  }

  #chance(one: number): boolean {
    return this.#below(one) === 0;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  #block(depth: number): string {
    const statements = Array.from({ length: 1 + this.#below(depth > 1 ? 1 : 3) }, () =>
      this.#statement(depth),
    );
    return statements.join(" ");
  }

  #statement(depth: number): string {
    if (depth > 2 || this.#chance(3)) return `local a = ${this.#call()}`;
    const form = this.#pick(STATEMENTS);
    // `return` ends a block.
    const safe = form.startsWith("return") || form.startsWith("error") ? `do ${form} end` : form;
    return this.#fill(safe, depth + 1);
  }

  /** Fills the places of a form. */
  #fill(form: string, depth: number): string {
    return form.replace(/\b[EBVNSTF]\b/g, (place) => {
      switch (place) {
        case "E":
          return this.#expression(depth);
        case "B":
          return this.#block(depth);
        case "N":
          return depth < 3 && this.#chance(6)
            ? this.#expression(depth + 1)
            : `(${this.#pick(NUMBERS)})`;
        case "S":
          return depth < 3 && this.#chance(6)
            ? this.#expression(depth + 1)
            : `(${this.#pick(STRINGS)})`;
        case "T":
          return this.#chance(6) ? `(${this.#pick(NAMES)})` : `(${this.#pick(OTHERS.slice(3))})`;
        case "F":
          return this.#pick([
            "(function(x) return x end)",
            "(function() error('boom') end)",
            "(function(x, y) return y, x end)",
            "(type)",
            "(tostring)",
          ]);
        default:
          return this.#value();
      }
    });
  }

  #value(): string {
    return `(${this.#pick(this.#pick([STRINGS, NUMBERS, OTHERS]))})`;
  }

  #expression(depth: number): string {
    if (depth > 2 || this.#chance(5)) return this.#value();
    if (this.#chance(5)) return this.#call();
    return this.#fill(this.#pick(LIBRARY), depth + 1);
  }

  #call(): string {
    const words = this.#pick(CALLS).split(" ");
    const call = this.#chance(3) ? "redis.pcall" : "redis.call";
    const args = words.map((word) => {
      if (word === "N") return this.#pick(NUMBERS);
      if (word === "V")
        return this.#pick(["'x'", "12", "'y z'", "KEYS[1]", "ARGV[1]", "nil", "{}", "1.5"]);
      return `'${word}'`;
    });
    return `${call}(${args.join(",")})`;
  }
}

const FUNCTION_FLAGS = ["", "", "'no-writes'", "'allow-oom', 'No-Writes'"];
const SHEBANGS = [
  "#!lua\n",
  "#!lua flags=no-writes\n",
  "#!lua flags=allow-oom\n",
  "#!lua flags=no-writes,allow-stale\n",
  "#!lua flags=nope\n",
  "#!luau\n",
  "#!lua name=x\n",
  "#!lua flags=\n",
];
const ARGUMENTS: readonly (readonly string[])[] = [
  ["0"],
  ["1", "k1"],
  ["1", "k1", "v1"],
  ["2", "k1", "k2", "v1", "v2"],
  ["0", "5", "abc"],
  ["3", "a"],
  ["-1"],
  ["x"],
];

/** Every feature that a run must have used. */
export const FEATURES: readonly string[] = [
  ...new Set([
    "RESP3",
    "shebang",
    "function",
    ...LIBRARY.flatMap((form) => [...form.matchAll(FEATURE)].map(([found]) => found)),
    ...CALLS.map((call) => `command ${call.split(" ")[0]}`),
  ]),
];
