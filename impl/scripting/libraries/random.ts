import type { Random } from "../../ports/random.ts";
import type { State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { toInt32 } from "../machine/numbers.ts";

const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const LOW = 0x330en;
const MASK = 2n ** 48n - 1n;
const LARGEST = 2 ** 31 - 1;

/** The chance of scripts: the generator of `lrand48`, which gives the same numbers everywhere. */
export class ScriptRandom {
  readonly #random: Random;
  #state: bigint | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Begins anew from a seed of 32 bits. */
  seed(seed: number): void {
    this.#state = (BigInt.asUintN(32, BigInt(seed)) << 16n) | LOW;
  }

  /** At least 0, less than 1. */
  next(): number {
    if (this.#state === null) this.seed(this.#random.nextU32());
    this.#state = (this.#state! * MULTIPLIER + INCREMENT) & MASK;
    return (Number(this.#state >> 17n) % LARGEST) / LARGEST;
  }
}

/** `math.random([m [, n]])` */
export function mathRandom(machine: LuaMachine, state: State, random: ScriptRandom): number {
  const { c } = machine;
  const r = random.next();
  const count = c.lua_gettop(state);
  if (count > 2) machine.raise(state, "wrong number of arguments");
  if (count === 0) {
    c.lua_pushnumber(state, r);
    return 1;
  }
  const first = toInt32(c.luaL_checknumber(state, 1));
  const low = count === 1 ? 1 : first;
  const high = count === 1 ? first : toInt32(c.luaL_checknumber(state, 2));
  if (low > high) machine.argumentError(state, count, "interval is empty");
  // The width is an int in C, and may overflow.
  c.lua_pushnumber(state, Math.floor(r * ((high - low + 1) | 0)) + low);
  return 1;
}

/** `math.randomseed(x)` */
export function mathRandomSeed(machine: LuaMachine, state: State, random: ScriptRandom): number {
  random.seed(toInt32(machine.c.luaL_checknumber(state, 1)));
  return 0;
}
