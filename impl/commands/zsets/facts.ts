import type { Argument } from "../../session/command-declaration.ts";

/** What the declarations of the sorted set commands have in common. */
export const ZSET = { acl: ["sortedset"], group: "sorted-set" } as const;

/** A member. */
export const MEMBER: Argument = { name: "member", type: "string" };
/** One member or more. */
export const MEMBERS: Argument = { ...MEMBER, flags: ["multiple"] };

/** A border of a range of scores. */
export function scoreBorder(name: string): Argument {
  return { name, type: "double" };
}

/** A border of a range of names, or of any range. */
export function border(name: string): Argument {
  return { name, type: "string" };
}
