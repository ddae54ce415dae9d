/** The replies that commands of every family give, as the coverage names them. */

export const NOT_INTEGER = "-ERR value is not an integer or out of range";
export const NOT_A_32_BIT =
  "-ERR value is out of range, value must between -2147483648 and 2147483647";
export const SYNTAX = "-ERR syntax error";
export const NOT_A_DATABASE = "-ERR DB index is out of range";
export const SAME_OBJECT = "-ERR source and destination objects are the same";

export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
export const NOT_POSITIVE = "-ERR value is out of range, must be positive";
export const NOT_IN_RANGE =
  "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

/** Too few or too many arguments; the name is in lower case, a subcommand behind a bar. */
export const arity = (name: string): string =>
  `-ERR wrong number of arguments for '${name}' command`;

/** A lifetime that cannot be. */
export const badExpire = (name: string): string => `-ERR invalid expire time in '${name}' command`;

/** Arguments that a container's subcommand does not take. */
export const syntaxOf = (name: string): string =>
  `-ERR unknown subcommand or wrong number of arguments for …. Try ${name} HELP.`;

/** There is no room for what may take memory. */
export const NO_MEMORY = "-OOM command not allowed when used memory > 'maxmemory'.";
