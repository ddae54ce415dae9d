/** What the commands of publish and subscribe share. They say nothing about data. */
export const COMMON = { acl: [], group: "pubsub", consultsNoData: true } as const;

/** The flags of those that begin or end subscriptions. */
export const FLAGS = ["pubsub", "noscript", "loading", "stale"] as const;
