import type { Argument } from "../../session/command-declaration.ts";
import { flag, integer, oneOf, optional, since } from "../shared/arguments.ts";

/** What the declarations of the stream commands have in common. */
export const STREAM = { acl: ["stream"], group: "stream", since: "5.0.0" } as const;

/** What depends on more than the arguments: times, ids that the server makes, where nodes end. */
export const CHANGING = ["nondeterministic_output"] as const;

/** The name of a group. */
export const GROUP: Argument = { name: "group", type: "string" };
/** The name of a consumer. */
export const CONSUMER: Argument = { name: "consumer", type: "string" };
/** An entry's id. */
export const ID: Argument = { name: "id", type: "string" };
/** One id or more. */
export const IDS: Argument = { ...ID, flags: ["multiple"] };
/** How many at most. */
export const COUNT: Argument = optional({ ...integer("count"), token: "COUNT" });

/** `MAXLEN | MINID [= | ~] threshold [LIMIT count]`. */
export const TRIM: Argument = {
  name: "trim",
  type: "block",
  arguments: [
    oneOf("strategy", flag("maxlen"), since("6.2.0", flag("minid"))),
    optional(oneOf("operator", flag("equal", "="), flag("approximately", "~"))),
    { name: "threshold", type: "string" },
    optional(since("6.2.0", { ...integer("count"), token: "LIMIT" })),
  ],
};
