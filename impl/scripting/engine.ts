import { assert, CHECKED } from "../assert.ts";
import type { Random } from "../ports/random.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import { latin1, type Request } from "../resp/request.ts";
import type { ScriptHost } from "./api/host.ts";
import { writeErrorText, writeReply } from "./api/lua-to-reply.ts";
import type { RedisEntry } from "./api/redis-table.ts";
import { ScriptRandom } from "./libraries/random.ts";
import { REGISTRY, type State } from "./machine/lua-exports.ts";
import { isMachineFailure, LuaMachine } from "./machine/machine.ts";
import type { Progress } from "./machine/threads.ts";
import { Sandbox } from "./sandbox.ts";
import { describeError } from "./script-error.ts";

/** A machine whose memory has grown beyond this is left, and its memory with it, after the script. */
const KEPT_MACHINE_BYTES = 64 * 1024 * 1024;
/** Collect all garbage. */
const GC_COLLECT = 2;
const ESCAPE = 27;
const BLANK = 32;
const FAILED = "ERR The script's machine has failed and begins anew; what the script wrote stays.";

/** What an engine needs from outside. */
export interface EnginePorts {
  /** The code of the machine; it is asked for when the first script comes. */
  readonly module: () => WebAssembly.Module;
  readonly random: Random;
  /** `lua-enable-deprecated-api` */
  readonly hasDeprecated: boolean;
  /** Writes a line to the server's log if that level is logged. */
  readonly log: (level: number, text: string) => void;
}

/** What a script finds when it begins: how its engine prepares a sandbox. */
export interface ScriptGlobals {
  /** What the table `redis` has beside what all have. */
  readonly redis: readonly (readonly [string, RedisEntry])[];
  /** What describes errors is a global. */
  readonly showsHandler: boolean;
  /** What else a new sandbox needs. */
  readonly prepare?: (sandbox: Sandbox) => void;
}

/** Where something that was compiled is: a reference of the registry in machine number `machine`. */
export interface Compiled {
  ref: number;
  machine: number;
}

/** What is compiled: a source, and where it is in the machine that is in use. */
export class Chunk implements Compiled {
  readonly source: Uint8Array;
  /** Its name in errors, as in `@user_script`. */
  readonly name: string;
  /** The registry's reference in machine number `machine`. */
  ref = 0;
  machine = 0;

  constructor(source: Uint8Array, name: string) {
    this.source = source;
    this.name = name;
  }
}

/** One run of a script. */
export interface ScriptRun {
  readonly chunk: Compiled;
  /** It is a function of a library: keys and arguments are its arguments, and these its globals. */
  readonly globals?: number;
  /** The script's SHA or the function's name, for errors. */
  readonly name: string;
  readonly request: Request;
  /** Arguments that are keys: from `firstKey` on, so many. The rest are arguments. */
  readonly firstKey: number;
  readonly keys: number;
  readonly host: ScriptHost;
  /** Where its result goes. */
  readonly reply: ReplyWriter;
}

/**
 * Runs scripts in a sandbox of its own, which is made when the first one comes.
 *
 * A machine that fails, or has grown large, is left: the next script finds a new one, in which its
 * source is compiled again. Nothing of a script of EVAL outlives it, so that none can tell.
 */
export class ScriptEngine {
  readonly #ports: EnginePorts;
  readonly #random: ScriptRandom;
  readonly #globals: ScriptGlobals;
  #sandbox: Sandbox | null = null;
  /** The script that runs, or was left. */
  #run: ScriptRun | null = null;
  /** Where its reply begins. */
  #replyStart = 0;
  /** How many machines there have been. */
  #machines = 0;

  constructor(ports: EnginePorts, globals: ScriptGlobals) {
    this.#ports = ports;
    this.#random = new ScriptRandom(ports.random);
    this.#globals = globals;
  }

  /** Bytes that Lua has in use; 0 before the first script. */
  get usedBytes(): number {
    return this.#sandbox?.usedBytes ?? 0;
  }

  /** Leaves the machine: nothing that was compiled is in the next one. */
  reset(): void {
    if (CHECKED) assert(this.#run === null, "a script that runs keeps its machine");
    this.#sandbox = null;
  }

  /** The number of the machine that is in use; 0 when none is. */
  get machine(): number {
    return this.#sandbox === null ? 0 : this.#machines;
  }

  /** Does something in the sandbox. Null when its machine has failed and is left. */
  within<T>(work: (sandbox: Sandbox) => T): T | null {
    try {
      return work(this.#ready());
    } catch (error) {
      this.reset();
      if (isMachineFailure(error)) return null;
      throw error;
    }
  }

  /** Compiles a chunk unless it is. Null, or the compiler's error, one character per byte. */
  compile(chunk: Chunk): string | null {
    const sandbox = this.#ready();
    if (chunk.machine === this.#machines) return null;
    const { machine, main } = sandbox;
    const { c } = machine;
    const { source, name } = chunk;
    // Compiled code is no text, and the compiler says so.
    const lead = source[0] === ESCAPE ? 1 : 0;
    const at = machine.messageRoom(main, source.length + lead);
    machine.bytes[at] = BLANK;
    machine.bytes.set(source, at + lead);
    const { length } = source;
    const failed = c.luaL_loadbuffer(main, at, length + lead, machine.cString(name)) !== 0;
    const error = failed ? machine.text(main, -1)! : null;
    if (!failed) {
      chunk.ref = c.luaL_ref(main, REGISTRY);
      chunk.machine = this.#machines;
    }
    c.lua_settop(main, 0);
    return error;
  }

  /** Forgets what was compiled. */
  forget(chunk: Compiled): void {
    if (this.#sandbox === null || chunk.machine !== this.#machines) return;
    this.#sandbox.machine.c.luaL_unref(this.#sandbox.main, REGISTRY, chunk.ref);
    chunk.machine = 0;
  }

  /**
   * Runs a script that is compiled, and writes its result.
   *
   * @returns false when its host has left it: `goOn` follows, and nothing else
   */
  run(run: ScriptRun): boolean {
    const sandbox = this.#ready();
    if (CHECKED) assert(sandbox.host === null, "no script runs within a script");
    this.#run = run;
    this.#replyStart = run.reply.length;
    sandbox.host = run.host;
    return this.#proceed(sandbox, run, true);
  }

  /** Takes the script up again that was left. Returns as `run`. */
  goOn(): boolean {
    return this.#proceed(this.#sandbox!, this.#run!, false);
  }

  /** The script that was left ends by its host's `endReason` as soon as it is taken up again. */
  end(): void {
    this.#sandbox!.end();
  }

  #proceed(sandbox: Sandbox, run: ScriptRun, begins: boolean): boolean {
    let isDone = true;
    try {
      isDone = begins
        ? this.#execute(sandbox, run)
        : this.#settle(sandbox, run, sandbox.threads.goOn());
      if (!isDone) return false;
      this.#over(sandbox);
      sandbox.machine.shrink();
      if (sandbox.machine.sizeBytes > KEPT_MACHINE_BYTES) this.reset();
    } catch (error) {
      this.#over(sandbox);
      this.reset();
      if (!isMachineFailure(error)) throw error;
      run.reply.truncate(this.#replyStart);
      run.reply.error(FAILED);
    }
    return true;
  }

  #over(sandbox: Sandbox): void {
    sandbox.host = null;
    this.#run = null;
  }

  #execute(sandbox: Sandbox, run: ScriptRun): boolean {
    const { chunk, globals, request, firstKey, keys } = run;
    const { machine } = sandbox;
    const { c } = machine;
    const thread = sandbox.thread(globals);
    const isFunction = globals !== undefined;
    if (isFunction) c.lua_rawgeti(thread, REGISTRY, chunk.ref);
    pushList(machine, thread, request, firstKey, keys);
    if (!isFunction) sandbox.setGlobal(thread, "KEYS");
    pushList(machine, thread, request, firstKey + keys, request.argc - firstKey - keys);
    if (!isFunction) {
      sandbox.setGlobal(thread, "ARGV");
      c.lua_rawgeti(thread, REGISTRY, chunk.ref);
    }
    return this.#settle(sandbox, run, sandbox.threads.begin(thread, isFunction ? 2 : 0));
  }

  /** A script has come so far: writes its result, if it has one. False when it was left. */
  #settle(sandbox: Sandbox, { name, host, reply }: ScriptRun, progress: Progress): boolean {
    if (progress === "left") return false;
    const { machine } = sandbox;
    const { c } = machine;
    const thread = sandbox.scriptThread;
    if (progress === "failed") {
      const { text, isCounted } = describeError(sandbox, thread, name);
      writeErrorText(reply, text, isCounted);
      sandbox.dropThread();
      if (text.includes("not enough memory")) c.lua_gc(sandbox.main, GC_COLLECT, 0);
      return true;
    }
    c.lua_settop(thread, 1);
    writeReply(machine, thread, { reply, scriptProtocol: host.protocol });
    c.lua_settop(thread, 0);
    return true;
  }

  #ready(): Sandbox {
    if (this.#sandbox !== null) return this.#sandbox;
    const machine = new LuaMachine(this.#ports.module());
    this.#machines++;
    const { hasDeprecated, log } = this.#ports;
    const { prepare, ...globals } = this.#globals;
    this.#sandbox = new Sandbox({ machine, random: this.#random, ...globals, hasDeprecated, log });
    prepare?.(this.#sandbox);
    return this.#sandbox;
  }
}

/** Pushes a table of `count` arguments of a request. */
function pushList(
  machine: LuaMachine,
  state: State,
  request: Request,
  first: number,
  count: number,
): void {
  const { c } = machine;
  c.lua_createtable(state, count, 0);
  if (count === 0) return;
  const last = first + count - 1;
  const start = request.offsets[first]!;
  const end = request.offsets[last]! + request.lengths[last]!;
  if (CHECKED) assert(end >= start, "arguments lie one behind the other");
  const at = machine.messageRoom(state, end - start);
  machine.bytes.set(request.bytes.subarray(start, end), at);
  for (let i = 0; i < count; i++) {
    c.lua_pushlstring(state, at + request.offsets[first + i]! - start, request.lengths[first + i]!);
    c.lua_rawseti(state, -2, i + 1);
  }
}

/** The text of bytes, one character per byte. */
export function textOf(bytes: Uint8Array): string {
  return latin1(bytes, 0, bytes.length);
}
