/** The settings of `cjson`, which scripts may read and change, and the functions for that. */
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { toInt32 } from "../machine/numbers.ts";

const INT_MAX = 2 ** 31 - 1;
const ON_OFF = ["off", "on"] as const;
const ON_OFF_NULL = ["off", "on", "null"] as const;

/** The settings of one `cjson` table. */
export class CjsonConfig {
  /** Arrays that are mostly holes become objects instead of an error. */
  sparseConvert = false;
  sparseRatio = 2;
  /** Arrays up to this length are never too sparse. */
  sparseSafe = 10;
  encodeMaxDepth = 1000;
  decodeMaxDepth = 1000;
  /** What infinities and NaN become: an error, themselves, null. */
  encodeInvalidNumbers: 0 | 1 | 2 = 0;
  decodeInvalidNumbers = true;
  keepBuffer = true;
  /** Digits of a number. */
  precision = 14;
}

type Setter = (machine: LuaMachine, state: State, config: CjsonConfig) => number;

/** The functions that read and change a setting, in the order in which they are registered. */
export const CJSON_SETTINGS: Readonly<Record<string, Setter>> = {
  encode_sparse_array: (machine, state, config) => {
    checkCount(machine, state, 3);
    config.sparseConvert = onOff(machine, state, config.sparseConvert);
    config.sparseRatio = integer(machine, state, 2, config.sparseRatio, 0, INT_MAX);
    config.sparseSafe = integer(machine, state, 3, config.sparseSafe, 0, INT_MAX);
    return 3;
  },
  encode_max_depth: (machine, state, config) => {
    checkCount(machine, state, 1);
    config.encodeMaxDepth = integer(machine, state, 1, config.encodeMaxDepth, 1, INT_MAX);
    return 1;
  },
  decode_max_depth: (machine, state, config) => {
    checkCount(machine, state, 1);
    config.decodeMaxDepth = integer(machine, state, 1, config.decodeMaxDepth, 1, INT_MAX);
    return 1;
  },
  encode_number_precision: (machine, state, config) => {
    checkCount(machine, state, 1);
    config.precision = integer(machine, state, 1, config.precision, 1, 14);
    return 1;
  },
  encode_keep_buffer: (machine, state, config) => {
    checkCount(machine, state, 1);
    config.keepBuffer = onOff(machine, state, config.keepBuffer);
    return 1;
  },
  encode_invalid_numbers: (machine, state, config) => {
    checkCount(machine, state, 1);
    const value = option(machine, state, ON_OFF_NULL, config.encodeInvalidNumbers);
    config.encodeInvalidNumbers = value as 0 | 1 | 2;
    if (value < 2) machine.c.lua_pushboolean(state, value);
    else machine.pushText(state, "null");
    return 1;
  },
  decode_invalid_numbers: (machine, state, config) => {
    checkCount(machine, state, 1);
    config.decodeInvalidNumbers = onOff(machine, state, config.decodeInvalidNumbers);
    return 1;
  },
};

/** Up to `most` arguments, those that are missing nil. */
function checkCount(machine: LuaMachine, state: State, most: number): void {
  if (machine.c.lua_gettop(state) > most) {
    machine.argumentError(state, most + 1, "found too many arguments");
  }
  machine.c.lua_settop(state, most);
}

function onOff(machine: LuaMachine, state: State, present: boolean): boolean {
  const value = option(machine, state, ON_OFF, present ? 1 : 0) === 1;
  machine.c.lua_pushboolean(state, value ? 1 : 0);
  return value;
}

/** Which of the options argument 1 names; the present one when it is nil. */
function option(
  machine: LuaMachine,
  state: State,
  options: readonly string[],
  present: number,
): number {
  const type = machine.c.lua_type(state, 1);
  if (type === LUA_TYPE.nil) return present;
  if (type === LUA_TYPE.boolean) return machine.c.lua_toboolean(state, 1);
  machine.checkString(state, 1);
  const word = machine.text(state, 1)!;
  const found = options.indexOf(word);
  return found >= 0 ? found : machine.argumentError(state, 1, `invalid option '${word}'`);
}

function integer(
  machine: LuaMachine,
  state: State,
  index: number,
  present: number,
  least: number,
  most: number,
): number {
  let value = present;
  if (machine.c.lua_type(state, index) !== LUA_TYPE.nil) {
    value = toInt32(machine.c.luaL_checknumber(state, index));
    if (value < least || value > most) {
      machine.argumentError(state, 1, `expected integer between ${least} and ${most}`);
    }
  }
  machine.c.lua_pushnumber(state, value);
  return value;
}
