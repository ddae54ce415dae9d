import { keyEvent } from "../../session/key-events.ts";

/** What happens to strings. */
export const STRING_EVENT = {
  set: keyEvent("string", "set"),
  setrange: keyEvent("string", "setrange"),
  append: keyEvent("string", "append"),
  incrby: keyEvent("string", "incrby"),
  incrbyfloat: keyEvent("string", "incrbyfloat"),
} as const;
