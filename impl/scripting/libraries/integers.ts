/** The library functions of Lua that cast to integers, by their table; "" is that of the globals. */
import type { Casts } from "../machine/casts.ts";

export const CASTING: Readonly<Record<string, Readonly<Record<string, Casts>>>> = {
  "": {
    unpack: { at: { 2: "int", 3: "int" } },
    select: { at: { 1: "int" } },
    error: { at: { 2: "int" } },
    collectgarbage: { at: { 2: "int" } },
  },
  string: {
    byte: { at: { 2: "position", 3: "position" } },
    char: { at: {}, rest: { from: 1, cast: "int" } },
    find: { at: { 3: "position" } },
    gsub: { at: { 4: "int" } },
    match: { at: { 3: "position" } },
    rep: { at: { 2: "int" } },
    sub: { at: { 2: "position", 3: "position" } },
  },
  table: {
    concat: { at: { 3: "int", 4: "int" } },
  },
  math: {
    ldexp: { at: { 2: "int" } },
  },
};
