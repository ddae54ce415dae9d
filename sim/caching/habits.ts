/** What clients with a cache must have done in a run of many seeds, as it is counted. */
export const CACHE_HABITS = [
  ...["cache of what is read", "cache by broadcast", "cache by prefixes"],
  ...["cache opted in", "cache opted out", "cache without own changes"],
  ...["cache told by a channel", "cache told by another connection"],
  ...["cached value used", "cached value gone before its use", "cached read within a transaction"],
  ...["invalidation", "invalidation of everything", "read that is over before its reply"],
  ...["cache lost with its connection", "cache whose messenger is gone", "broken redirection"],
] as const;

/** One of them. */
export type CacheHabit = (typeof CACHE_HABITS)[number];
