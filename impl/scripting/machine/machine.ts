import { assert, CHECKED } from "../../assert.ts";
import { latin1 } from "../../resp/request.ts";
import { type HookFunction, type HostFunction, wasmFunctions } from "./host-functions.ts";
import { type Address, LUA_TYPE, type LuaExports, type State } from "./lua-exports.ts";

const PAGE_BYTES = 65_536;
/** A machine takes no more memory than this: a script that needs more fails. */
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
/** Memory grows by at least this part of what it is, so that it does not grow often. */
const GROWTH = 0.2;
/** A buffer for copying above this size is not kept. */
const KEPT_ROOM_BYTES = 256 * 1024;

const NO_MEMORY = "not enough memory";

/** What stands for C's longjmp on its way from where an error is raised to where it is caught. */
const LONGJMP = Object.freeze({ what: "an error of Lua is on its way" });

/** Room in the machine's memory that is used again and again. */
interface Room {
  at: Address;
  bytes: number;
}

/** Why a machine cannot go on: its state is worth nothing any more. */
export class MachineBroken extends Error {}

/**
 * A machine for Lua 5.1: the interpreter that Redis uses, compiled to WebAssembly, with its memory.
 *
 * Everything is synchronous and deterministic: the machine imports no clock, no files, no chance.
 * Errors of Lua pass through the JavaScript frames of host functions as exceptions, as longjmp
 * passes through frames of C; nobody but the machine may catch them.
 */
export class LuaMachine {
  readonly c: LuaExports;
  /** The whole memory. It is another array after the memory has grown. */
  bytes: Uint8Array;
  #words: Uint32Array;
  /** Where `lua_tolstring` puts lengths. */
  readonly #lengthAt: Address;
  /** The length of the string that was looked at last, in bytes. */
  length = 0;
  readonly #cStrings = new Map<string, Address>();
  /** Functions of the table that are called from outside. */
  readonly #functions: unknown[] = [];
  readonly #scratch: Room = { at: 0, bytes: 0 };
  readonly #message: Room = { at: 0, bytes: 0 };

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, this.#imports(module));
    this.c = instance.exports as LuaExports;
    this.bytes = new Uint8Array(this.c.memory.buffer);
    this.#words = new Uint32Array(this.c.memory.buffer);
    this.c.__wasm_call_ctors();
    this.#lengthAt = this.c.malloc(4);
  }

  /** Bytes of the whole memory. */
  get sizeBytes(): number {
    return this.bytes.length;
  }

  /** Makes functions that Lua can call; their numbers in the machine's table. */
  hostFunctions(functions: readonly HostFunction[]): readonly number[] {
    const table = this.c.__indirect_function_table;
    const first = table.grow(functions.length);
    wasmFunctions(functions).forEach((fn, i) => void table.set(first + i, fn));
    return functions.map((_, i) => first + i);
  }

  /** Makes a function that can be a hook. */
  hook(fn: HookFunction): number {
    const table = this.c.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, wasmFunctions([fn], "hook")[0]);
    return index;
  }

  /** The address of a string that stays, with a zero at its end. */
  cString(text: string): Address {
    const known = this.#cStrings.get(text);
    if (known !== undefined) return known;
    const at = this.c.malloc(text.length + 1);
    if (at === 0) throw new MachineBroken("no memory for a name");
    this.#write(text, at);
    this.bytes[at + text.length] = 0;
    this.#cStrings.set(text, at);
    return at;
  }

  /** Room of `bytes` bytes, until the next call. Raises an error of Lua when there is no memory. */
  scratch(state: State, bytes: number): Address {
    if (bytes <= this.#scratch.bytes) return this.#scratch.at;
    return this.#grow(state, this.#scratch, bytes);
  }

  /** As `scratch`, room of its own, that short texts do not overwrite: requests and replies lie there. */
  messageRoom(state: State, bytes: number): Address {
    if (bytes <= this.#message.bytes) return this.#message.at;
    return this.#grow(state, this.#message, bytes);
  }

  /** Forgets large buffers for copying. Call it between scripts. */
  shrink(): void {
    for (const room of [this.#scratch, this.#message]) {
      if (room.bytes <= KEPT_ROOM_BYTES) continue;
      this.c.free(room.at);
      room.at = 0;
      room.bytes = 0;
    }
  }

  #grow(state: State, room: Room, bytes: number): Address {
    if (room.at !== 0) this.c.free(room.at);
    room.bytes = Math.max(1024, bytes);
    room.at = this.c.malloc(room.bytes);
    if (room.at !== 0) return room.at;
    room.bytes = 0;
    this.c.lua_pushlstring(state, this.cString(NO_MEMORY), NO_MEMORY.length);
    return this.c.lua_error(state);
  }

  /** Pushes bytes as a string. */
  pushBytes(state: State, source: Uint8Array, offset: number, length: number): void {
    const at = this.scratch(state, length);
    if (length > 48) {
      this.bytes.set(source.subarray(offset, offset + length), at);
    } else {
      for (let i = 0; i < length; i++) this.bytes[at + i] = source[offset + i]!;
    }
    this.c.lua_pushlstring(state, at, length);
  }

  /** Pushes a string with one byte per character. */
  pushText(state: State, text: string): void {
    const at = this.scratch(state, text.length);
    this.#write(text, at);
    this.c.lua_pushlstring(state, at, text.length);
  }

  /**
   * Where the string at `index` lies, its length in `length`. A number becomes a string in its place.
   *
   * @returns 0 when it is no string
   */
  stringAt(state: State, index: number): Address {
    const at = this.c.lua_tolstring(state, index, this.#lengthAt);
    this.length = at === 0 ? 0 : this.#words[this.#lengthAt >> 2]!;
    return at;
  }

  /** As `stringAt` for argument `index`: raises the error of an argument that is no string. */
  checkString(state: State, index: number): Address {
    const at = this.c.luaL_checklstring(state, index, this.#lengthAt);
    this.length = this.#words[this.#lengthAt >> 2]!;
    return at;
  }

  /** The string at `index`, one character per byte; null when it is none. */
  text(state: State, index: number): string | null {
    const at = this.stringAt(state, index);
    return at === 0 ? null : latin1(this.bytes, at, this.length);
  }

  /** The string with a zero at its end at an address. */
  cText(at: Address): string {
    return latin1(this.bytes, at, this.bytes.indexOf(0, at) - at);
  }

  /** The 32-bit integer at an address. */
  word(at: Address): number {
    return this.#words[at >> 2]!;
  }

  /** The name of the type of the value at `index`. */
  typeName(state: State, index: number): string {
    return this.cText(this.c.lua_typename(state, this.c.lua_type(state, index)));
  }

  /** Raises an error that begins with where in the script it happened, as C libraries do. */
  raise(state: State, text: string): never {
    this.c.luaL_where(state, 1);
    this.pushText(state, text);
    this.c.lua_concat(state, 2);
    return this.c.lua_error(state);
  }

  /** Raises an error that is just the text. */
  raisePlain(state: State, text: string): never {
    this.pushText(state, text);
    return this.c.lua_error(state);
  }

  /** Raises the error of a wrong argument. */
  argumentError(state: State, index: number, text: string): never {
    return this.c.luaL_argerror(state, index, this.#stackText(text));
  }

  /** Raises the error of an argument of another type than `expected`. */
  typeError(state: State, index: number, expected: string): never {
    return this.c.luaL_typerror(state, index, this.cString(expected));
  }

  /** Sets `table[name]`, where `table` is at `index`, to the value on top of the stack, and pops it. */
  rawSetField(state: State, index: number, name: string): void {
    const table = index < 0 && index > -10_000 ? index - 1 : index;
    this.pushText(state, name);
    this.c.lua_insert(state, -2);
    this.c.lua_rawset(state, table);
  }

  /** Pushes `table[name]`, where `table` is at `index`, without asking its metatable. */
  rawGetField(state: State, index: number, name: string): void {
    const table = index < 0 && index > -10_000 ? index - 1 : index;
    const at = this.cString(name);
    this.c.lua_pushlstring(state, at, name.length);
    this.c.lua_rawget(state, table);
  }

  /** Forgets the topmost `count` values. */
  pop(state: State, count: number): void {
    this.c.lua_settop(state, -count - 1);
  }

  /** Calls a function of the machine's table as a C function of this state. */
  callNative(fn: number, state: State): number {
    return (this.#function(fn) as HostFunction)(state);
  }

  #write(text: string, at: Address): void {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  }

  /** A C string that lasts until the error that it belongs to is raised. */
  #stackText(text: string): Address {
    const at = this.c.stackAlloc((text.length + 16) & ~15);
    this.#write(text, at);
    this.bytes[at + text.length] = 0;
    return at;
  }

  #function(index: number): unknown {
    this.#functions[index] ??= this.c.__indirect_function_table.get(index);
    return this.#functions[index];
  }

  #imports(module: WebAssembly.Module): object {
    const imports: Record<string, Record<string, unknown>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = () => {
        throw new MachineBroken(`the machine asks for ${name}`);
      };
    }
    Object.assign(imports["env"]!, {
      invoke_vii: (fn: number, a: number, b: number) => this.#invoke(fn, a, b),
      _emscripten_throw_longjmp: () => {
        throw LONGJMP;
      },
      emscripten_memcpy_js: (to: Address, from: Address, length: number) => {
        this.bytes.copyWithin(to, from, from + length);
      },
      emscripten_resize_heap: (bytes: number) => this.#resize(bytes >>> 0),
    });
    Object.assign(imports["wasi_snapshot_preview1"]!, {
      environ_sizes_get: (count: Address, size: Address) => {
        this.#words[count >> 2] = 0;
        this.#words[size >> 2] = 0;
        return 0;
      },
      environ_get: () => 0,
    });
    return imports;
  }

  /** Calls a function that C calls behind setjmp: an error of Lua ends here. */
  #invoke(fn: number, a: number, b: number): void {
    const { c } = this;
    const top = c.stackSave();
    try {
      (this.#function(fn) as (a: number, b: number) => void)(a, b);
    } catch (error) {
      if (error !== LONGJMP) throw error;
      c.stackRestore(top);
      c.setThrew(1, 0);
    }
  }

  #resize(bytes: number): number {
    if (bytes > MAX_MEMORY_BYTES) return 0;
    const { memory } = this.c;
    const present = memory.buffer.byteLength;
    const wanted = Math.min(MAX_MEMORY_BYTES, Math.max(bytes, present * (1 + GROWTH)));
    try {
      memory.grow(Math.ceil((wanted - present) / PAGE_BYTES));
    } catch {
      return 0;
    }
    this.bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    if (CHECKED) assert(this.bytes.length >= bytes, "the memory has grown");
    return 1;
  }
}

/** True when the value at `index` is absent or nil. */
export function isNoneOrNil(machine: LuaMachine, state: State, index: number): boolean {
  return machine.c.lua_type(state, index) <= LUA_TYPE.nil;
}

/** True when an exception says that the machine itself has failed: a trap, or no stack any more. */
export function isMachineFailure(error: unknown): boolean {
  return (
    error instanceof MachineBroken ||
    error instanceof WebAssembly.RuntimeError ||
    (error instanceof RangeError && error.message.includes("call stack"))
  );
}
