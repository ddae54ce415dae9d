import { keyEvent } from "../../session/key-events.ts";

/** What happens to sorted sets by searches, beside what ZADD does. */
export const GEO_EVENT = {
  geosearchstore: keyEvent("sortedSet", "geosearchstore"),
  georadiusstore: keyEvent("sortedSet", "georadiusstore"),
} as const;
