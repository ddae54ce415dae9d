/** What tests do with types that there are not. */
import { TYPES_BY_NUMBER, type TypeName, VALUE_TYPES } from "./index.ts";
import type { ValueType } from "./value-type.ts";

/**
 * From now on there is a type of bytes beside strings, which is known by `name`: for tests of what
 * commands do with values that are not theirs. It lasts as long as the test file.
 *
 * @returns its number
 */
export function inventType(name: string, number: number): number {
  const invented: ValueType = {
    ...VALUE_TYPES.string,
    name,
    number,
    encodings: { 0: "invented" },
    verify: () => {},
  };
  if (TYPES_BY_NUMBER[number] !== undefined) throw new RangeError(`${number} is taken`);
  TYPES_BY_NUMBER[number] = invented as ValueType<TypeName>;
  return number;
}
