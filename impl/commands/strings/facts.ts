/** What the declarations of the string commands have in common. */
export const STRING = { acl: ["string"], group: "string" } as const;
