import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import { readsAnyKey } from "../../session/permissions.ts";
import { integerArgument } from "../shared/numbers.ts";
import { SortPattern } from "./pattern.ts";

/** What is sorted how, and what is shown of it. */
export interface SortOptions {
  /** By the bytes instead of by number. */
  alpha: boolean;
  descending: boolean;
  /** A constant pattern has been given: nothing is sorted. */
  unsorted: boolean;
  /** Sort by what this stands for; null: by the elements themselves. */
  by: SortPattern | null;
  offset: number;
  /** Negative: all of them. */
  count: number;
  /** What is shown of each element; without any, itself. */
  readonly gets: SortPattern[];
  /** The argument of the key to store in; 0 without one. */
  destination: number;
}

/** The options from argument 2 on; null, with the error replied, when they are invalid. */
export function sortOptions(call: Call, mayStore: boolean): SortOptions | null {
  const { request, reply } = call;
  const options: SortOptions = {
    alpha: false,
    descending: false,
    unsorted: false,
    by: null,
    offset: 0,
    count: -1,
    gets: [],
    destination: 0,
  };
  const readsAll = readsAnyKey(call);
  for (let i = 2; i < request.argc; i++) {
    const more = request.argc - i - 1;
    if (request.is(i, "asc")) options.descending = false;
    else if (request.is(i, "desc")) options.descending = true;
    else if (request.is(i, "alpha")) options.alpha = true;
    else if (request.is(i, "limit") && more >= 2) {
      const offset = integerArgument(call, i + 1);
      if (offset === null) return null;
      const count = integerArgument(call, i + 2);
      if (count === null) return null;
      options.offset = Number(offset);
      options.count = Number(count);
      i += 2;
    } else if (request.is(i, "by") && more >= 1) {
      options.by = new SortPattern(request.arg(++i));
      if (!options.by.isVariable) options.unsorted = true;
      else if (!readsAll) return refuse(call, "BY");
    } else if (request.is(i, "get") && more >= 1) {
      if (!readsAll) return refuse(call, "GET");
      options.gets.push(new SortPattern(request.arg(++i)));
    } else if (mayStore && request.is(i, "store") && more >= 1) {
      options.destination = ++i;
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  return options;
}

/** What is read behind an option could be any key, and the user may not read every one. */
function refuse({ reply }: Call, option: string): null {
  reply.error(`ERR ${option} option of SORT denied due to insufficient ACL permissions.`);
  return null;
}
