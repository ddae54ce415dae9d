/** What the checks know of every type of value. */

import type { TypeName, Value } from "../../model/keyspace/index.ts";
import { hashView } from "./hash.ts";
import { listView } from "./list.ts";
import { setView } from "./set.ts";
import { streamView } from "./stream.ts";
import { stringView } from "./string.ts";
import type { Command, Content, TypeView } from "./type-view.ts";
import { zsetView } from "./zset.ts";

/** By the names of the model's types. */
export const typeViews: { readonly [T in TypeName]: TypeView<T> } = {
  string: stringView,
  list: listView,
  hash: hashView,
  set: setView,
  zset: zsetView,
  stream: streamView,
};

/** The commands that give a key, where it does not exist, a value with the same content. */
export function makingOf(key: string, value: Value): readonly Command[] {
  // The view is the value's: the compiler cannot follow that through a union of types.
  const view = typeViews[value.type] as TypeView<TypeName>;
  return view.making(key, value as Content<TypeName>);
}
