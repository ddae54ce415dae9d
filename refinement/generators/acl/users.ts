/** Those who log in: their rules never allow them to change any. */
export const LOGINS = ["alice", "bob"] as const;
