import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";

/** A server under measurement. */
export interface ServerProcess {
  readonly name: "redis" | "veridis";
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from starting the process to the first reply to PING. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** The core that servers run on; clients run on the other one. */
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;

/**
 * Starts a server on `SERVER_CORE` and waits until it answers.
 *
 * @param command program and arguments; the port is appended by the caller
 */
export async function startServer(
  name: ServerProcess["name"],
  command: readonly string[],
  port: number,
): Promise<ServerProcess> {
  const startedMs = performance.now();
  const child = spawn("taskset", ["-c", String(SERVER_CORE), ...command], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await firstReply(port, child);
  const startMs = performance.now() - startedMs;
  return {
    name,
    port,
    // taskset replaces itself by the program, so the pid is the server's.
    pid: child.pid!,
    startMs,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

/** A port of the loopback interface that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** CPU time that all threads of a process have used, in microseconds. */
export function cpuUs(pid: number): number {
  let totalNs = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    totalNs += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return totalNs / 1000;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

function firstReply(port: number, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`server ended at start with code ${code}`)));
    const attempt = (): void => {
      const socket = net.connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
      socket.once("data", () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", () => setTimeout(attempt, 2));
    };
    attempt();
  });
}
