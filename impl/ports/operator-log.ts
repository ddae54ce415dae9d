/** The operator-log port: where the cores say what an operator wants to know. */

/** Takes lines by how much they matter. */
export interface OperatorLog {
  warn(message: string): void;
  notice(message: string): void;
  verbose(message: string): void;
}
