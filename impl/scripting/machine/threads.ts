import { assert, CHECKED } from "../../assert.ts";
import { LUA_TYPE, REGISTRY, type State } from "./lua-exports.ts";
import type { LuaMachine } from "./machine.ts";

/** What `lua_resume` returns beside errors. */
const OK = 0;
const YIELDED = 1;
const OUT_OF_MEMORY = 4;
/** Where a `lua_State` counts the calls of C on its stack, and those that its `resume` has found. */
const C_CALLS_AT = 52;
/** So many calls of C may stand one in another. */
const MAX_C_CALLS = 199;
const IN_HANDLER = "error in error handling";

/** A thread of the chain. */
interface Link {
  readonly state: State;
  /** What waits for it: the engine, or a function that protects a call. */
  readonly kind: "script" | "pcall" | "xpcall" | "handler";
  /** The arguments on its stack, when it begins. */
  readonly args: number;
  /** `xpcall`: the registry's reference of its handler. */
  readonly handler: number;
}

/** How far a script has come: `left` when it is to be taken up again. */
export type Progress = "done" | "failed" | "left";

/**
 * The threads of Lua that a script runs on, so that it can be left in the middle and taken up again.
 *
 * A thread is left by a yield, which calls of C on its stack forbid. `pcall` and `xpcall` would be
 * such calls: so they run what they protect on a thread of its own, and theirs waits for it. The
 * last thread of the chain is the one that runs. Where other calls of C stand in between (iterators,
 * metamethods, comparisons of `sort`, replacements of `gsub`, coroutines) the script cannot be left.
 */
export class Threads {
  readonly #machine: LuaMachine;
  readonly #chain: Link[] = [];
  /** A thread has yielded because it waits for this one. */
  #asked: Link | null = null;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** The threads of the chain, from the script's own on. */
  get states(): readonly State[] {
    return this.#chain.map(({ state }) => state);
  }

  /** True for a thread that scripts take for the only one. */
  has(state: State): boolean {
    return this.#chain.some((link) => link.state === state);
  }

  /** True when this is the thread that runs and nothing forbids to leave it. */
  mayLeave(state: State): boolean {
    if (this.#chain.at(-1)?.state !== state) return false;
    const calls = this.#machine.word(state + C_CALLS_AT);
    return (calls & 0xffff) === calls >>> 16;
  }

  /** Runs a function that lies on a thread's stack, below so many arguments on top of it. */
  begin(state: State, args: number): Progress {
    if (CHECKED) assert(this.#chain.length === 0, "one script at a time");
    this.#chain.push({ state, kind: "script", args, handler: 0 });
    return this.#run(args);
  }

  /** Takes a script up again that was left. */
  goOn(): Progress {
    if (CHECKED) assert(this.#chain.length > 0, "a script was left");
    return this.#run(0);
  }

  /** The running thread is left when the hook that calls this returns. Precondition: `mayLeave`. */
  leave(state: State): void {
    this.#machine.c.lua_yield(state, 0);
  }

  /** `pcall`, where the thread may be left: what it protects runs on another one. */
  pcall(state: State): number {
    const { c } = this.#machine;
    if (this.#chain.length >= MAX_C_CALLS) return this.#tooDeep(state);
    const count = c.lua_gettop(state);
    const thread = c.lua_newthread(state);
    c.lua_insert(state, 1);
    if (c.lua_checkstack(thread, count) === 0) return this.#machine.raise(state, "stack overflow");
    c.lua_xmove(state, thread, count);
    return this.#ask(state, { state: thread, kind: "pcall", args: count - 1, handler: 0 });
  }

  /** `xpcall`, as `pcall`. Precondition: two arguments. */
  xpcall(state: State): number {
    const { c } = this.#machine;
    if (this.#chain.length >= MAX_C_CALLS) return this.#tooDeep(state);
    const handler = c.luaL_ref(state, REGISTRY);
    const thread = c.lua_newthread(state);
    c.lua_insert(state, 1);
    c.lua_xmove(state, thread, 1);
    return this.#ask(state, { state: thread, kind: "xpcall", args: 0, handler });
  }

  #tooDeep(state: State): number {
    this.#machine.c.lua_pushboolean(state, 0);
    this.#machine.pushText(state, "C stack overflow");
    return 2;
  }

  #ask(state: State, link: Link): number {
    this.#asked = link;
    return this.#machine.c.lua_yield(state, 0);
  }

  /** @param given arguments, or results, on the stack of the last thread */
  #run(given: number): Progress {
    const { c } = this.#machine;
    for (let args = given; ; ) {
      const link = this.#chain.at(-1)!;
      const status = c.lua_resume(link.state, args);
      if (status === YIELDED) {
        const asked = this.#asked;
        this.#asked = null;
        if (asked === null) return "left";
        this.#chain.push(asked);
        args = asked.args;
        continue;
      }
      this.#chain.pop();
      if (link.kind === "script") return this.#end(status);
      args = this.#giveBack(link, this.#chain.at(-1)!.state, status);
    }
  }

  #end(status: number): Progress {
    if (CHECKED) assert(this.#chain.length === 0, "nothing waits for a script that has ended");
    return status === OK ? "done" : "failed";
  }

  /** A thread has ended: what it leaves to `to`, which waits for it. Returns how many values. */
  #giveBack(link: Link, to: State, status: number): number {
    const { c } = this.#machine;
    const { state, kind } = link;
    if (kind === "handler") {
      return status === OK ? this.#giveError(state, to) : this.#giveText(to, IN_HANDLER);
    }
    if (kind === "xpcall") {
      const { handler } = link;
      if (status !== OK && status !== OUT_OF_MEMORY) return this.#handle(link, to);
      c.luaL_unref(to, REGISTRY, handler);
    }
    if (status !== OK) {
      if (kind === "pcall") this.#simplify(state);
      return this.#giveError(state, to);
    }
    const results = c.lua_gettop(state);
    if (c.lua_checkstack(to, results + 1) === 0) return this.#giveText(to, "stack overflow");
    c.lua_pushboolean(to, 1);
    c.lua_xmove(state, to, results);
    return results + 1;
  }

  /** The error on top of a thread's stack becomes what a protected call returns. */
  #giveError(state: State, to: State): number {
    const { c } = this.#machine;
    c.lua_pushboolean(to, 0);
    if (c.lua_gettop(state) === 0) c.lua_pushnil(state);
    c.lua_xmove(state, to, 1);
    return 2;
  }

  #giveText(to: State, text: string): number {
    this.#machine.c.lua_pushboolean(to, 0);
    this.#machine.pushText(to, text);
    return 2;
  }

  /** `pcall`: an error of a command is given as its text. */
  #simplify(state: State): void {
    const { c } = this.#machine;
    if (c.lua_type(state, -1) !== LUA_TYPE.table) return;
    this.#machine.rawGetField(state, -1, "err");
    if (c.lua_isstring(state, -1) === 0) this.#machine.pop(state, 1);
  }

  /** The handler of `xpcall` runs, on a thread of its own. Returns its arguments, or results to `to`. */
  #handle({ state, handler }: Link, to: State): number {
    const { c } = this.#machine;
    const thread = c.lua_newthread(to);
    c.lua_rawgeti(thread, REGISTRY, handler);
    c.luaL_unref(to, REGISTRY, handler);
    if (c.lua_type(thread, -1) !== LUA_TYPE.function) return this.#giveText(to, IN_HANDLER);
    c.lua_xmove(state, thread, 1);
    this.#chain.push({ state: thread, kind: "handler", args: 1, handler: 0 });
    return 1;
  }
}
