import { randomBytes } from "node:crypto";
import os from "node:os";
import type { ServerFacts } from "../server-facts.ts";

/** The facts of this process. */
export function processFacts(
  configFile: string,
  version: string,
  tcpPort: () => number,
): ServerFacts {
  return {
    processId: process.pid,
    executable: process.argv[1] ?? process.execPath,
    configFile,
    runId: randomBytes(20).toString("hex"),
    operatingSystem: `${os.type()} ${os.release()} ${os.machine()}`,
    archBits: process.arch === "ia32" || process.arch === "arm" ? 32 : 64,
    systemMemoryBytes: os.totalmem(),
    version,
    tcpPort,
    usage: () => {
      const cpu = process.cpuUsage();
      return {
        residentBytes: process.memoryUsage.rss(),
        userUs: cpu.user,
        systemUs: cpu.system,
      };
    },
  };
}
