/** What the checks know of every type of value. */

import type { TypeName } from "../../model/keyspace/index.ts";
import { stringView } from "./string.ts";
import type { TypeView } from "./type-view.ts";

/** By the names of the model's types. */
export const typeViews: { readonly [T in TypeName]: TypeView<T> } = {
  string: stringView,
};
