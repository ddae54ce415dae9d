/** A command's reply as a value of Lua. */
import { latin1 } from "../../resp/request.ts";
import type { Address, State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { pushError, withCode } from "./error-tables.ts";

const CR = 13;
const MINUS = 45;

/** Reads a reply that lies in the machine's memory and pushes what it means. */
class ReplyReader {
  readonly #machine: LuaMachine;
  readonly #state: State;
  #at: Address;

  constructor(machine: LuaMachine, state: State, at: Address) {
    this.#machine = machine;
    this.#state = state;
    this.#at = at;
  }

  push(): void {
    const { c } = this.#machine;
    const state = this.#state;
    if (c.lua_checkstack(state, 5) === 0) this.#machine.raisePlain(state, "stack overflow");
    const kind = String.fromCharCode(this.#machine.bytes[this.#at++]!);
    switch (kind) {
      case "+":
        this.#pushLine("ok");
        return;
      case "-":
        pushError(this.#machine, state, withCode(this.#line()), true);
        return;
      case ":":
        c.lua_pushnumber(state, this.#integer());
        return;
      case "$":
        this.#pushBulk();
        return;
      case "*":
        this.#pushArray();
        return;
      case "%":
        this.#pushMap();
        return;
      case "~":
        this.#pushSet();
        return;
      case "_":
        this.#line();
        c.lua_pushnil(state);
        return;
      case "#":
        c.lua_pushboolean(state, this.#line() === "t" ? 1 : 0);
        return;
      case ",":
        this.#pushDouble();
        return;
      case "(":
        this.#pushLine("big_number");
        return;
      case "=":
        this.#pushVerbatim();
        return;
      case "|":
        this.#skipAttribute();
        this.push();
        return;
    }
    throw new Error(`a reply begins with ${kind}`);
  }

  /** An attribute is no reply by itself, and scripts do not see it. */
  #skipAttribute(): void {
    const pairs = this.#integer();
    for (let i = 0; i < 2 * pairs; i++) {
      this.push();
      this.#machine.pop(this.#state, 1);
    }
  }

  /** The rest of the line, one character per byte. */
  #line(): string {
    const end = this.#machine.bytes.indexOf(CR, this.#at);
    const text = latin1(this.#machine.bytes, this.#at, end - this.#at);
    this.#at = end + 2;
    return text;
  }

  /** The rest of the line as an integer, rounded to a double. */
  #integer(): number {
    const { bytes } = this.#machine;
    let at = this.#at;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let value = 0;
    const first = at;
    for (; bytes[at] !== CR; at++) value = value * 10 + bytes[at]! - 48;
    // Beyond fifteen digits the sum above is rounded at each step.
    if (at - first > 15) return Number(this.#line());
    this.#at = at + 2;
    return isNegative ? -value : value;
  }

  /** A table with one field, the rest of the line. */
  #pushLine(field: string): void {
    const { c } = this.#machine;
    const end = this.#machine.bytes.indexOf(CR, this.#at);
    c.lua_createtable(this.#state, 0, 0);
    c.lua_pushlstring(this.#state, this.#at, end - this.#at);
    c.lua_setfield(this.#state, -2, this.#machine.cString(field));
    this.#at = end + 2;
  }

  #pushBulk(): void {
    const length = this.#integer();
    if (length < 0) {
      this.#machine.c.lua_pushboolean(this.#state, 0);
      return;
    }
    this.#machine.c.lua_pushlstring(this.#state, this.#at, length);
    this.#at += length + 2;
  }

  #pushArray(): void {
    const { c } = this.#machine;
    const length = this.#integer();
    if (length < 0) {
      c.lua_pushboolean(this.#state, 0);
      return;
    }
    c.lua_createtable(this.#state, 0, 0);
    for (let i = 1; i <= length; i++) {
      this.push();
      c.lua_rawseti(this.#state, -2, i);
    }
  }

  #pushMap(): void {
    this.#pushInside("map", (length) => {
      for (let i = 0; i < length; i++) {
        this.push();
        this.push();
        this.#machine.c.lua_settable(this.#state, -3);
      }
    });
  }

  #pushSet(): void {
    this.#pushInside("set", (length) => {
      for (let i = 0; i < length; i++) {
        this.push();
        this.#machine.c.lua_pushboolean(this.#state, 1);
        this.#machine.c.lua_settable(this.#state, -3);
      }
    });
  }

  /** A table with one field, a table that `fill` fills with so many elements. */
  #pushInside(field: string, fill: (length: number) => void): void {
    const { c } = this.#machine;
    c.lua_createtable(this.#state, 0, 0);
    c.lua_createtable(this.#state, 0, 0);
    fill(this.#integer());
    c.lua_setfield(this.#state, -2, this.#machine.cString(field));
  }

  #pushDouble(): void {
    const { c } = this.#machine;
    const text = this.#line();
    c.lua_createtable(this.#state, 0, 0);
    const value = text.replace("inf", "Infinity");
    c.lua_pushnumber(this.#state, Number(value));
    c.lua_setfield(this.#state, -2, this.#machine.cString("double"));
  }

  #pushVerbatim(): void {
    const { c } = this.#machine;
    const length = this.#integer();
    c.lua_createtable(this.#state, 0, 0);
    c.lua_createtable(this.#state, 0, 0);
    c.lua_pushlstring(this.#state, this.#at + 4, length - 4);
    c.lua_setfield(this.#state, -2, this.#machine.cString("string"));
    c.lua_pushlstring(this.#state, this.#at, 3);
    c.lua_setfield(this.#state, -2, this.#machine.cString("format"));
    c.lua_setfield(this.#state, -2, this.#machine.cString("verbatim_string"));
    this.#at += length + 2;
  }
}

/** Pushes what the reply `bytes[0..length)` means to a script. */
export function pushReply(
  machine: LuaMachine,
  state: State,
  bytes: Uint8Array,
  length: number,
): void {
  const at = machine.messageRoom(state, length);
  machine.bytes.set(bytes.subarray(0, length), at);
  new ReplyReader(machine, state, at).push();
}
