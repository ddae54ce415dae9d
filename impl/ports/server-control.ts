/** What a SHUTDOWN asks for. */
export interface ShutdownRequest {
  /** Whether to save first; `default` saves where a save point is configured. */
  readonly save: "default" | "yes" | "no";
  /** Do not wait for replicas that lag behind. */
  readonly now: boolean;
  /** End even when saving fails. */
  readonly force: boolean;
}

/** What commands ask of the process that runs the server. */
export interface ServerControl {
  /** Stops the whole server for a while, in microseconds: DEBUG SLEEP. */
  sleep(durationUs: number): void;
  /** Ends the server; it replies to nobody any more. False when it cannot end. */
  shutdown(request: ShutdownRequest): boolean;
  /** Takes a shutdown that is under way back. False when none is. */
  abortShutdown(): boolean;
  /** Writes a line to the server's log. */
  log(text: string): void;
  /**
   * Replaces a file by what `change` makes of its text, one character per byte, in one step: all
   * of it or nothing. A file that does not exist is empty.
   *
   * @returns null, or why it cannot be done, in the system's words
   */
  rewriteFile(path: string, change: (text: string) => string): string | null;
  /** A file's text, one character per byte, or why it cannot be read, in the system's words. */
  readFile(path: string): { readonly text: string } | { readonly error: string };
}

/** Control of a server without a process: it sleeps for no time and never ends. */
export const NO_CONTROL: ServerControl = {
  sleep: () => {},
  shutdown: () => false,
  abortShutdown: () => false,
  log: () => {},
  rewriteFile: () => "Read-only file system",
  readFile: () => ({ error: "No such file or directory" }),
};
