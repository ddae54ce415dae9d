import { keyEvent } from "../../session/key-events.ts";

/** What happens to lists. */
export const LIST_EVENT = {
  lpush: keyEvent("list", "lpush"),
  rpush: keyEvent("list", "rpush"),
  lpop: keyEvent("list", "lpop"),
  rpop: keyEvent("list", "rpop"),
  linsert: keyEvent("list", "linsert"),
  lset: keyEvent("list", "lset"),
  lrem: keyEvent("list", "lrem"),
  ltrim: keyEvent("list", "ltrim"),
} as const;
