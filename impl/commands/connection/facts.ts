/** The flags of what a client may do before it has said who it is. */
export const FLAGS = ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"] as const;
