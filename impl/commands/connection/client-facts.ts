/** The flags of most subcommands of CLIENT. */
export const FLAGS = ["noscript", "loading", "stale"] as const;

/** The flags of those that look at other clients or hold them back. */
export const ADMIN_FLAGS = ["admin", "noscript", "loading", "stale"] as const;

/** The facts that every subcommand of CLIENT shares. */
export const COMMON = { acl: ["connection"], group: "connection", consultsNoData: true } as const;
