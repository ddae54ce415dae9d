/** What ACL's subcommands share: they are about users, not about data. */
export const COMMON = { acl: [], group: "server", since: "6.0.0", consultsNoData: true } as const;

/** The flags of those that whoever administers users runs. */
export const ADMIN_FLAGS = ["admin", "noscript", "loading", "stale"] as const;

/** The flags of those that tell nobody anything of others. */
export const PLAIN_FLAGS = ["noscript", "loading", "stale"] as const;
