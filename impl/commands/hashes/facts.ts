import type { Argument } from "../../session/command-declaration.ts";

/** What the declarations of the hash commands have in common. */
export const HASH = { acl: ["hash"], group: "hash" } as const;

/** The name of a field. */
export const FIELD: Argument = { name: "field", type: "string" };

/** A field and its value, one or more. */
export const FIELDS_AND_VALUES: Argument = {
  name: "field_value",
  type: "block",
  flags: ["multiple"],
  arguments: [FIELD, { name: "value", type: "string" }],
};
