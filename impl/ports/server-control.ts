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
}

/** Control of a server without a process: it sleeps for no time and never ends. */
export const NO_CONTROL: ServerControl = {
  sleep: () => {},
  shutdown: () => false,
  abortShutdown: () => false,
  log: () => {},
};
