import { Request } from "../resp/request.ts";
import { raiseError } from "./api/error-tables.ts";
import type { ScriptHost } from "./api/host.ts";
import { Protection } from "./api/protection.ts";
import { REDIS_TABLE, type RedisEntry } from "./api/redis-table.ts";
import { addLibraries, guardLibraries, setFunctions } from "./libraries/install.ts";
import { mathRandom, mathRandomSeed, type ScriptRandom } from "./libraries/random.ts";
import { GLOBALS, LUA_TYPE, REGISTRY, type State } from "./machine/lua-exports.ts";
import type { LuaMachine } from "./machine/machine.ts";
import { Threads } from "./machine/threads.ts";

/** The globals that scripts may have; Lua's libraries try to add more. */
const ALLOWED_GLOBALS: ReadonlySet<string> = new Set(
  (
    "string cjson bit cmsgpack math table struct redis __redis__err__handler xpcall tostring " +
    "setmetatable next assert tonumber rawequal collectgarbage getmetatable rawset pcall coroutine " +
    "type _G select unpack gcinfo pairs rawget loadstring ipairs _VERSION load error " +
    "debug"
  ).split(" "),
);

/** What `lua-enable-deprecated-api` adds. */
const DEPRECATED_GLOBALS: ReadonlySet<string> = new Set(["getfenv", "setfenv", "newproxy"]);

/** The tables among the globals that scripts cannot change. */
const PROTECTED = "string table math coroutine redis cjson cmsgpack struct bit".split(" ");

/** Instructions between two looks at the clock. */
const HOOK_INSTRUCTIONS = 100_000;
const MASK_LINE = 4;
const MASK_COUNT = 8;

/** What a sandbox is made of. */
export interface SandboxParts {
  readonly machine: LuaMachine;
  readonly random: ScriptRandom;
  /** Scripts have getfenv, setfenv and newproxy: `lua-enable-deprecated-api`. */
  readonly hasDeprecated: boolean;
  /** What the table `redis` has beside what all have. */
  readonly redis: readonly (readonly [string, RedisEntry])[];
  /** What describes errors is a global, `__redis__err__handler`. */
  readonly showsHandler: boolean;
  /** Writes a line to the server's log if that level is logged. */
  readonly log: (level: number, text: string) => void;
}

/**
 * A Lua in which scripts run: its globals are Redis', and none of them can be changed.
 *
 * Threads run scripts, one at a time; `host` is what the running one calls.
 */
export class Sandbox {
  readonly machine: LuaMachine;
  readonly main: State;
  readonly protection: Protection;
  /** On which the script that runs does. */
  readonly threads: Threads;
  /** The script that runs; null while none does. */
  host: ScriptHost | null = null;
  /** A reference to the real globals. */
  readonly #globals: number;
  /** A reference to the globals as scripts see them. */
  readonly shownGlobals: number;
  readonly #hook: number;
  readonly #hasDeprecated: boolean;
  readonly #log: SandboxParts["log"];
  #thread: State = 0;
  #threadRef = 0;
  /** The script that runs is to end: whatever it does raises an error. */
  #isEnding = false;

  constructor({ machine, random, redis, hasDeprecated, showsHandler, log }: SandboxParts) {
    this.machine = machine;
    const { c } = machine;
    this.main = c.luaL_newstate();
    this.protection = new Protection(machine);
    this.threads = new Threads(machine);
    this.#hook = machine.hook((state) => this.#passed(state));
    this.#hasDeprecated = hasDeprecated;
    this.#log = log;
    this.#addGlobals(random, redis);
    if (showsHandler) this.#addHandler();
    c.lua_pushvalue(this.main, GLOBALS);
    this.#globals = c.luaL_ref(this.main, REGISTRY);
    this.shownGlobals = this.#protectGlobals();
    c.lua_settop(this.main, 0);
  }

  /** Bytes that Lua has in use. */
  get usedBytes(): number {
    const { c } = this.machine;
    return c.lua_gc(this.main, 3, 0) * 1024 + c.lua_gc(this.main, 4, 0);
  }

  /**
   * The thread that scripts run on, with nothing on its stack.
   *
   * @param globals a reference to what its globals are
   */
  thread(globals = this.shownGlobals): State {
    const { c } = this.machine;
    if (this.#thread === 0) {
      this.#thread = c.lua_newthread(this.main);
      this.#threadRef = c.luaL_ref(this.main, REGISTRY);
    }
    this.#isEnding = false;
    c.lua_sethook(this.#thread, this.#hook, MASK_COUNT, HOOK_INSTRUCTIONS);
    // The script before may have given its thread other globals.
    c.lua_rawgeti(this.#thread, REGISTRY, globals);
    c.lua_replace(this.#thread, GLOBALS);
    return this.#thread;
  }

  /** The thread of the script that runs. */
  get scriptThread(): State {
    return this.#thread;
  }

  /** The thread has ended by an error: the next script gets another one. */
  dropThread(): void {
    this.machine.c.luaL_unref(this.main, REGISTRY, this.#threadRef);
    this.#thread = 0;
  }

  /** Sets a global, to the value on top of a thread's stack, which it takes. */
  setGlobal(state: State, name: string): void {
    const { c } = this.machine;
    c.lua_rawgeti(state, REGISTRY, this.#globals);
    c.lua_insert(state, -2);
    c.lua_setfield(state, -2, this.machine.cString(name));
    this.machine.pop(state, 1);
  }

  /** The script that was left ends where it was, once it is taken up again. */
  end(): void {
    const last = this.threads.states.at(-1)!;
    this.machine.c.lua_sethook(last, this.#hook, MASK_COUNT, 1);
  }

  #passed(state: State): void {
    const { host, threads } = this;
    if (host === null) return;
    if (!this.#isEnding) {
      const mayLeave = threads.mayLeave(state);
      const interruption = host.interrupt(mayLeave);
      if (interruption === "none") return;
      if (interruption === "leave") {
        threads.leave(state);
        return;
      }
      this.#isEnding = true;
    }
    // At every line from now on, so that no script survives by catching the error.
    for (const each of [state, ...threads.states]) {
      this.machine.c.lua_sethook(each, this.#hook, MASK_LINE, 0);
    }
    raiseError(this.machine, state, host.endReason);
  }

  #addGlobals(random: ScriptRandom, redis: SandboxParts["redis"]): void {
    const { machine, main } = this;
    const { c } = machine;
    c.lua_pushvalue(main, GLOBALS);
    c.lua_createtable(main, 0, 1);
    setFunctions(machine, main, { __newindex: (state) => this.#allow(state) });
    c.lua_setmetatable(main, -2);
    c.luaopen_base(main);
    c.luaopen_table(main);
    c.luaopen_string(main);
    c.luaopen_math(main);
    c.lua_settop(main, 0);
    // Redis has the debugger's library for a moment, which leaves its place in the table.
    this.#setTop(() => c.lua_pushboolean(main, 1), "debug");
    addLibraries(machine, main, this.protection);
    guardLibraries(machine, main, this.protection, (state) => this.threads.has(state));
    c.lua_pushvalue(main, GLOBALS);
    this.#addProtectedCalls();
    c.lua_settop(main, 0);
    this.#addRedis([...REDIS_TABLE, ...redis]);
    c.lua_getfield(main, GLOBALS, machine.cString("math"));
    setFunctions(machine, main, {
      random: (state) => {
        if (this.host === null) this.#refuseOutside(state, "math.random");
        return mathRandom(machine, state, random);
      },
      randomseed: (state) => {
        if (this.host === null) this.#refuseOutside(state, "math.randomseed");
        return mathRandomSeed(machine, state, random);
      },
    });
    this.#setTop(() => c.lua_pushnil(main), "debug");
    c.lua_settop(main, 0);
  }

  /** `pcall` and `xpcall`, on top of the stack the globals. */
  #addProtectedCalls(): void {
    const { machine, main, threads } = this;
    const { c } = machine;
    c.lua_getfield(main, -1, machine.cString("xpcall"));
    const native = c.lua_tocfunction(main, -1);
    machine.pop(main, 1);
    setFunctions(machine, main, {
      pcall: (state) => {
        c.luaL_checkany(state, 1);
        return threads.mayLeave(state) ? threads.pcall(state) : this.#pcall(state);
      },
      xpcall: (state) => {
        c.luaL_checkany(state, 2);
        if (!threads.mayLeave(state)) return machine.callNative(native, state);
        c.lua_settop(state, 2);
        return threads.xpcall(state);
      },
    });
  }

  #addHandler(): void {
    const { machine, main } = this;
    machine.c.lua_pushvalue(main, GLOBALS);
    setFunctions(machine, main, { __redis__err__handler: (state) => this.#describe(state) });
    machine.c.lua_settop(main, 0);
  }

  #setTop(push: () => void, name: string): void {
    push();
    this.machine.c.lua_setfield(this.main, GLOBALS, this.machine.cString(name));
  }

  #refuseOutside(state: State, name: string): never {
    return this.machine.raise(state, `${name} can only be called inside a script invocation`);
  }

  #addRedis(entries: readonly (readonly [string, RedisEntry])[]): void {
    const { machine, main } = this;
    machine.c.lua_createtable(main, 0, 0);
    this.addEntries(entries);
    machine.c.lua_setfield(main, GLOBALS, machine.cString("redis"));
  }

  /** Adds entries to the table on top of the main thread's stack, which scripts know as `redis`. */
  addEntries(entries: readonly (readonly [string, RedisEntry])[]): void {
    const { machine, main } = this;
    const { c } = machine;
    const tools = { machine, host: () => this.host, log: this.#log, request: new Request() };
    for (const [name, entry] of entries) {
      if (typeof entry === "function") {
        setFunctions(machine, main, { [name]: (state) => entry(tools, state) });
        continue;
      }
      if (typeof entry === "number") c.lua_pushnumber(main, entry);
      else machine.pushText(main, entry);
      c.lua_setfield(main, -2, machine.cString(name));
    }
  }

  /** As `Protection.protect` of the table on top of the main thread's stack; what is not in it cannot be read. */
  protectStrictly(): void {
    this.protection.protect(this.main, this.#addStrictMetatable());
  }

  /** Gives the table on top a metatable that refuses reads of what is not there; a reference to it as scripts may see it. */
  #addStrictMetatable(): number {
    const { machine, main, protection } = this;
    const { c } = machine;
    c.lua_createtable(main, 0, 1);
    setFunctions(machine, main, { __index: (state) => this.#missing(state) });
    c.lua_pushvalue(main, -1);
    protection.protect(main);
    const shown = c.luaL_ref(main, REGISTRY);
    c.lua_setmetatable(main, -2);
    return shown;
  }

  /** A global is added while the libraries are: only those that are allowed come to be. */
  #allow(state: State): number {
    const name = this.machine.text(state, 2);
    if (name === null) return 0;
    const isAllowed =
      ALLOWED_GLOBALS.has(name) || (this.#hasDeprecated && DEPRECATED_GLOBALS.has(name));
    if (isAllowed) this.machine.c.lua_rawset(state, 1);
    return 0;
  }

  /** Puts stand-ins in the place of the globals and of the tables in them; their reference. */
  #protectGlobals(): number {
    const { machine, main, protection } = this;
    const { c } = machine;
    c.lua_pushvalue(main, GLOBALS);
    const shownMetatable = this.#addStrictMetatable();
    for (const name of PROTECTED) {
      c.lua_getfield(main, -1, machine.cString(name));
      protection.protect(main);
      if (name === "string") this.#protectStrings();
      machine.rawSetField(main, -2, name);
    }
    c.lua_pushvalue(main, -1);
    protection.protect(main, shownMetatable);
    c.lua_pushvalue(main, -1);
    machine.rawSetField(main, -3, "_G");
    c.lua_pushvalue(main, -1);
    c.lua_replace(main, GLOBALS);
    return c.luaL_ref(main, REGISTRY);
  }

  /** Strings have the readonly table of their library, on top of the stack; so is their metatable. */
  #protectStrings(): void {
    const { machine, main, protection } = this;
    const { c } = machine;
    machine.pushText(main, "");
    c.lua_getmetatable(main, -1);
    c.lua_pushvalue(main, -3);
    c.lua_setfield(main, -2, machine.cString("__index"));
    c.lua_pushvalue(main, -1);
    protection.protect(main);
    c.lua_setfield(main, -2, machine.cString("__metatable"));
    machine.pop(main, 2);
  }

  #missing(state: State): number {
    const name = this.machine.c.lua_isstring(state, 2) !== 0 ? this.machine.text(state, 2) : null;
    if (name === null) {
      const text = "Second argument to luaProtectedTableError must be a string or number";
      return this.machine.raise(state, text);
    }
    const shown = name.split("\0", 1)[0];
    const text = `Script attempted to access nonexistent global variable '${shown}'`;
    return this.machine.raise(state, text);
  }

  /** `pcall` where the script cannot be left: an error of a command is given as its text. */
  #pcall(state: State): number {
    const { machine } = this;
    const { c } = machine;
    const count = c.lua_gettop(state);
    c.lua_pushboolean(state, 1);
    c.lua_insert(state, 1);
    if (c.lua_pcall(state, count - 1, -1, 0) !== 0) {
      c.lua_remove(state, 1);
      if (c.lua_type(state, -1) === LUA_TYPE.table) {
        c.lua_getfield(state, -1, machine.cString("err"));
        if (c.lua_isstring(state, -1) !== 0) c.lua_replace(state, -2);
      }
      c.lua_pushboolean(state, 0);
      c.lua_insert(state, 1);
    }
    return c.lua_gettop(state);
  }

  /** `__redis__err__handler`: what scripts see of how errors are described. */
  #describe(state: State): number {
    const { machine } = this;
    const { c } = machine;
    c.lua_settop(state, 1);
    if (c.lua_type(state, 1) === LUA_TYPE.table) return 1;
    const text = machine.text(state, 1) ?? machine.typeName(state, 1);
    c.lua_createtable(state, 0, 0);
    machine.pushText(state, `ERR ${text}`);
    c.lua_setfield(state, -2, machine.cString("err"));
    return 1;
  }
}
