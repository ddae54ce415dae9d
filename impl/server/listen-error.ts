/** A listener that could not be opened: which, and why. */
export class ListenError extends Error {
  readonly endpoint: string;
  /** The system's code, as `EADDRINUSE`; undefined when it was not the system that refused. */
  readonly code: string | undefined;

  constructor(endpoint: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Failed listening on ${endpoint}: ${reason}`, { cause });
    this.endpoint = endpoint;
    this.code = (cause as NodeJS.ErrnoException).code;
  }
}
