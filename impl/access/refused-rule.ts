/** Why a rule cannot be applied, each in Redis' words. */
export const REFUSED_RULE = {
  unknownCommand: "Unknown command or category name in ACL",
  syntax: "Syntax error",
  behindAllKeys:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have " +
    "any effect. Try 'resetkeys' to start with an empty list of patterns",
  behindAllChannels:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not " +
    "have any effect. Try 'resetchannels' to start with an empty list of channels",
  noSuchPassword: "The password you are trying to remove from the user does not exist",
  badHash:
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal " +
    "characters",
  duplicateUser: "Duplicate user found. A user can only be defined once in config files",
  partOfSubcommand: "Allowing first-arg of a subcommand is not supported",
} as const;

/** One of these texts. */
export type RefusedRule = (typeof REFUSED_RULE)[keyof typeof REFUSED_RULE];

/** True of what must not be in a name or a pattern: white space and zero bytes. */
export function hasSpaces(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    if (byte === 0 || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return true;
  }
  return false;
}
