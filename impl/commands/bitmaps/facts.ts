import { oneKey } from "../../session/command-declaration.ts";
import { flag, integer, oneOf, optional, since } from "../shared/arguments.ts";

/** What the declarations of the bitmap commands have in common. */
export const BITMAP = { acl: ["bitmap"], group: "bitmap" } as const;

/** The key spec of the commands that only look. */
export const READ_KEY = oneKey("RO", "access");

/** The end of a range and what it counts in. */
export const END_AND_UNIT = [
  integer("end"),
  since("7.0.0", optional(oneOf("index_unit", flag("byte"), flag("bit")))),
] as const;
