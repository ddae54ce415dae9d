import { keyEvent } from "../../session/key-events.ts";

/** What happens to a key that SORT stores in. */
export const SORT_EVENT = { store: keyEvent("list", "sortstore") } as const;
