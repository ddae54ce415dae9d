import { keyEvent } from "../../session/key-events.ts";

/** What happens to the bits of strings. */
export const BITMAP_EVENT = {
  setbit: keyEvent("string", "setbit"),
} as const;
