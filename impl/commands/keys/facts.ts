/** What the declarations of the commands on keys have in common. */
export const KEYSPACE = { acl: ["keyspace"], group: "generic" } as const;
