/** The library `bit`: operations on 32 bits. */
import type { State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";

/** Adding this leaves the integer nearest to a number in the lower bits of its representation. */
const TO_BITS = 2 ** 52 + 2 ** 51;
const VIEW = new DataView(new ArrayBuffer(8));

type Operation = (machine: LuaMachine, state: State) => number | string;

const fold =
  (combine: (a: number, b: number) => number): Operation =>
  (machine, state) => {
    let bits = argument(machine, state, 1);
    for (let i = machine.c.lua_gettop(state); i > 1; i--) {
      bits = combine(bits, argument(machine, state, i));
    }
    return bits;
  };

const shift =
  (move: (bits: number, by: number) => number): Operation =>
  (machine, state) => {
    const bits = argument(machine, state, 1);
    return move(bits, argument(machine, state, 2) & 31);
  };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  tobit: (machine, state) => argument(machine, state, 1),
  bnot: (machine, state) => ~argument(machine, state, 1),
  band: fold((a, b) => a & b),
  bor: fold((a, b) => a | b),
  bxor: fold((a, b) => a ^ b),
  lshift: shift((bits, by) => bits << by),
  rshift: shift((bits, by) => (bits >>> by) | 0),
  arshift: shift((bits, by) => bits >> by),
  rol: shift((bits, by) => (bits << by) | (bits >>> (32 - by))),
  ror: shift((bits, by) => (bits << (32 - by)) | (bits >>> by)),
  bswap: (machine, state) => {
    VIEW.setInt32(0, argument(machine, state, 1));
    return VIEW.getInt32(0, true);
  },
  tohex: (machine, state) => {
    const bits = argument(machine, state, 1);
    const wanted = machine.c.lua_type(state, 2) === -1 ? 8 : argument(machine, state, 2);
    const hex = (bits >>> 0).toString(16).padStart(8, "0");
    const digits = Math.min(8, Math.abs(wanted));
    const shown = digits === 0 ? "" : hex.slice(-digits);
    return wanted < 0 ? shown.toUpperCase() : shown;
  },
};

/** The functions of `bit` in the order in which Redis registers them. */
export const BIT: Readonly<Record<string, (machine: LuaMachine, state: State) => number>> =
  Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, operation]) => [
      name,
      (machine, state) => {
        const result = operation(machine, state);
        if (typeof result === "string") machine.pushText(state, result);
        else machine.c.lua_pushnumber(state, result | 0);
        return 1;
      },
    ]),
  );

/** Argument `index` as 32 bits, rounded to the nearest integer. */
function argument(machine: LuaMachine, state: State, index: number): number {
  const n = machine.c.lua_tonumber(state, index);
  VIEW.setFloat64(0, n + TO_BITS);
  const bits = VIEW.getInt32(4);
  if (bits === 0 && machine.c.lua_isnumber(state, index) === 0) {
    machine.typeError(state, index, "number");
  }
  return bits;
}
