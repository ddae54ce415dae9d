import { keyEvent } from "../../session/key-events.ts";

/** What happens to sets. */
export const SET_EVENT = {
  sadd: keyEvent("set", "sadd"),
  srem: keyEvent("set", "srem"),
  spop: keyEvent("set", "spop"),
  sinterstore: keyEvent("set", "sinterstore"),
  sunionstore: keyEvent("set", "sunionstore"),
  sdiffstore: keyEvent("set", "sdiffstore"),
} as const;
