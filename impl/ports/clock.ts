/** The clock port: the only way a core learns the time. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch, an integer: cheap, once per batch. */
  wallMs(): number;
  /** Wall-clock time in microseconds since the Unix epoch, an integer. */
  wallUs(): number;
  /** Monotonic time in microseconds from an arbitrary origin, an integer that never decreases. */
  monotonicUs(): number;
}
