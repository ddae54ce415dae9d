/**
 * How far the log has come, as those ask who let something leave to a client.
 *
 * Units are the log's: one effect, or MULTI … EXEC; their numbers rise.
 */
export interface Gate {
  /** The number of the last unit that has executed. */
  readonly end: number;
  /** The number of the last unit in the file. Those beyond it are to be written in one frame. */
  readonly written: number;
  /** What depends on no later unit than this may leave, while the log `isUp`. */
  readonly gate: number;
  /** False once nothing may leave any more. */
  readonly isUp: boolean;
}

/** The gate of a server without a log: everything depends on unit 0, and nothing waits. */
export const OPEN_GATE: Gate = {
  end: 0,
  written: 0,
  gate: Number.POSITIVE_INFINITY,
  isUp: true,
};
