/** The categories of commands. */

/** Every category, in Redis' order. */
export const CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

/** The name of a category. */
export type Category = (typeof CATEGORIES)[number];

/** The bit of a category, which may be written in any case; 0 when there is none of that name. */
export function categoryBit(name: string): number {
  const i = (CATEGORIES as readonly string[]).indexOf(name.toLowerCase());
  return i < 0 ? 0 : 1 << i;
}

/** What is declared of a command. */
export interface DeclaredCommand {
  /** Lower case; a subcommand's own word. */
  readonly name: string;
  readonly categories: readonly Category[];
  readonly subcommands: readonly DeclaredCommand[];
}
