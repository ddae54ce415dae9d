import { type Argument, type KeySpec, keyRange } from "../../session/command-declaration.ts";
import { KEYS } from "../shared/arguments.ts";

/** What the declarations of the set commands have in common. */
export const SET = { acl: ["set"], group: "set" } as const;

/** A member. */
export const MEMBER: Argument = { name: "member", type: "string" };
/** One member or more. */
export const MEMBERS: Argument = { ...MEMBER, flags: ["multiple"] };
/** Where the result of a computation goes. */
export const DESTINATION: Argument = { name: "destination", type: "key", keySpecIndex: 0 };

/** Sets that are only read, as the first arguments. */
export const READ_ALL: readonly KeySpec[] = [keyRange(["RO", "access"], 1, -1, 1)];
/** Sets that are only read, behind the key of the result, of which Redis does not say that SINTERSTORE overwrites it. */
export function storingKeys(destination: "OW" | "RW"): readonly KeySpec[] {
  return [keyRange([destination, "update"], 1, 0, 1), keyRange(["RO", "access"], 2, -1, 1)];
}
/** The arguments of what stores its result. */
export const STORING: readonly Argument[] = [DESTINATION, { ...KEYS, keySpecIndex: 1 }];
