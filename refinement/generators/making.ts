/** Values of every type, as the commands that give them to a key. */

import fc from "fast-check";
import { type TypeName, typeNames } from "../../model/keyspace/index.ts";
import { typeViews } from "../types/index.ts";
import type { Making } from "./grammar.ts";
import { call } from "./step.ts";

/** Gives a key, whatever it held, a value of that type. */
export function makingOf<T extends TypeName>(type: T): fc.Arbitrary<Making> {
  const { drawn, making } = typeViews[type];
  return drawn.map((content) => (key: string) => [
    call("DEL", key),
    ...making(key, content).map(([name, ...args]) => call(name!, ...args)),
  ]);
}

/** Gives a key, whatever it held, a value of any type; of the favourite one half of the time. */
export function makingAny(favourite?: TypeName): fc.Arbitrary<Making> {
  const any = typeNames.map((type) => makingOf(type));
  return fc.oneof(...any, ...(favourite === undefined ? [] : any.map(() => makingOf(favourite))));
}
