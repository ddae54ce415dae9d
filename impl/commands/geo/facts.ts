import type { Argument } from "../../session/command-declaration.ts";
import { flag, oneOf } from "../shared/arguments.ts";

/** What the declarations of the commands on places have in common. */
export const GEO = { acl: ["geo"], group: "geo" } as const;

/** A coordinate or a distance. */
export function double(name: string): Argument {
  return { name, type: "double" };
}

/** A member. */
export function member(name: string): Argument {
  return { name, type: "string" };
}

/** A unit of length. */
export const UNIT: Argument = oneOf("unit", ...["m", "km", "ft", "mi"].map((name) => flag(name)));
