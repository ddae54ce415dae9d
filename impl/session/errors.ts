/** Error texts that several commands share. Redis fixes them; clients match on them. */
export const ERR = {
  syntax: "ERR syntax error",
  notInteger: "ERR value is not an integer or out of range",
  notFloat: "ERR value is not a valid float",
  outOfRange: "ERR value is out of range",
  mustBePositive: "ERR value is out of range, must be positive",
  noSuchKey: "ERR no such key",
  sameObject: "ERR source and destination objects are the same",
  dbIndex: "ERR DB index is out of range",
  wrongType: "WRONGTYPE Operation against a key holding the wrong kind of value",
  overflow: "ERR increment or decrement would overflow",
  decrementOverflow: "ERR decrement would overflow",
  nanOrInfinity: "ERR increment would produce NaN or Infinity",
  stringTooLong: "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
  noAuth: "NOAUTH Authentication required.",
  outOfMemory: "OOM command not allowed when used memory > 'maxmemory'.",
  noReplicas: "NOREPLICAS Not enough good replicas to write.",
  loading: "LOADING Redis is loading the dataset in memory",
  noMulti: "ERR Command not allowed inside a transaction",
  snapshotsFail:
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
    "Commands that may modify the data set are disabled, because this instance is configured to " +
    "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). " +
    "Please check the Redis logs for details about the RDB error.",
} as const;

/** `ERR wrong number of arguments for 'name' command`; a subcommand is `parent|name`. */
export function wrongArity(fullName: string): string {
  return `ERR wrong number of arguments for '${fullName}' command`;
}

/** The part of a client's text that errors repeat. */
const ECHO_LENGTH = 128;

/** The error for a subcommand that a container does not know; `parent` is as the client wrote it. */
export function unknownSubcommand(word: string, parent: string): string {
  return `ERR unknown subcommand '${word.slice(0, ECHO_LENGTH)}'. Try ${parent.toUpperCase()} HELP.`;
}

/** The error of commands that look at their subcommand and the number of arguments themselves. */
export function unknownSubcommandOrArity(word: string, parent: string): string {
  const shown = word.slice(0, ECHO_LENGTH);
  return `ERR unknown subcommand or wrong number of arguments for '${shown}'. Try ${parent.toUpperCase()} HELP.`;
}

/** `ERR invalid expire time in 'name' command`. */
export function invalidExpire(fullName: string): string {
  return `ERR invalid expire time in '${fullName}' command`;
}
