import { keyEvent } from "../../session/key-events.ts";

/** What happens to hashes. */
export const HASH_EVENT = {
  hset: keyEvent("hash", "hset"),
  hdel: keyEvent("hash", "hdel"),
  hincrby: keyEvent("hash", "hincrby"),
  hincrbyfloat: keyEvent("hash", "hincrbyfloat"),
} as const;
