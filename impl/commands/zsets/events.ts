import { keyEvent } from "../../session/key-events.ts";

/** What happens to sorted sets. */
export const ZSET_EVENT = {
  zadd: keyEvent("sortedSet", "zadd"),
  zincr: keyEvent("sortedSet", "zincr"),
  zrem: keyEvent("sortedSet", "zrem"),
  zremrangebyrank: keyEvent("sortedSet", "zremrangebyrank"),
  zremrangebyscore: keyEvent("sortedSet", "zremrangebyscore"),
  zremrangebylex: keyEvent("sortedSet", "zremrangebylex"),
  zpopmin: keyEvent("sortedSet", "zpopmin"),
  zpopmax: keyEvent("sortedSet", "zpopmax"),
  zrangestore: keyEvent("sortedSet", "zrangestore"),
  zunionstore: keyEvent("sortedSet", "zunionstore"),
  zinterstore: keyEvent("sortedSet", "zinterstore"),
  zdiffstore: keyEvent("sortedSet", "zdiffstore"),
} as const;
