/** How much the process has used of the machine. */
export interface ProcessUsage {
  /** Resident set size, in bytes. */
  readonly residentBytes: number;
  /** CPU time in user mode, in microseconds. */
  readonly userUs: number;
  /** CPU time in kernel mode, in microseconds. */
  readonly systemUs: number;
}

/**
 * What a server knows of its process, machine and configuration file: what INFO and CLIENT LIST
 * show and a core cannot find out by itself.
 */
export interface ServerFacts {
  readonly processId: number;
  /** Path of the running program. */
  readonly executable: string;
  /** Path of the configuration file; empty without one. */
  readonly configFile: string;
  /** Forty hexadecimal digits, new with every start. */
  readonly runId: string;
  /** System, release and architecture, as in `Linux 6.1.0 x86_64`. */
  readonly operatingSystem: string;
  /** Width of an address: 32 or 64. */
  readonly archBits: number;
  /** Memory of the machine, in bytes. */
  readonly systemMemoryBytes: number;
  /** Version of Veridis itself, as in `0.1.0`. */
  readonly version: string;
  /** The port that accepts plain connections; it may become known only after the start. */
  tcpPort(): number;
  /** What the process uses now. */
  usage(): ProcessUsage;
}

/** Facts of a server without a process: for tests, simulation and replay. */
export const NO_FACTS: ServerFacts = {
  processId: 0,
  executable: "",
  configFile: "",
  runId: "0".repeat(40),
  operatingSystem: "",
  archBits: 64,
  systemMemoryBytes: 0,
  version: "0.0.0",
  tcpPort: () => 0,
  usage: () => ({ residentBytes: 0, userUs: 0, systemUs: 0 }),
};
