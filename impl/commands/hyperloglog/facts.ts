/** What the declarations of the HyperLogLog commands have in common. */
export const HYPERLOGLOG = { acl: ["hyperloglog"], group: "hyperloglog" } as const;
