import { type Argument, keyRange } from "../../session/command-declaration.ts";
import { flag, oneOf } from "../shared/arguments.ts";

/** What the declarations of the list commands have in common. */
export const LIST = { acl: ["list"], group: "list" } as const;

/** An element. */
export const ELEMENT: Argument = { name: "element", type: "string" };
/** Where a list is that an element comes from. */
export const SOURCE: Argument = { name: "source", type: "key", keySpecIndex: 0 };
/** Where a list is that an element goes to. */
export const DESTINATION: Argument = { name: "destination", type: "key", keySpecIndex: 1 };

/** An end of a list. */
export function endOf(name: string): Argument {
  return oneOf(name, flag("left"), flag("right"));
}

/** The key specs of a command that moves an element from one list to another. */
export const MOVING_KEYS = [
  keyRange(["RW", "access", "delete"], 1, 0, 1),
  keyRange(["RW", "insert"], 2, 0, 1),
];
