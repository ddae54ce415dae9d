/** How long BGSAVE stops the serving thread: `node impl/server/snapshot-stall.bench.ts [keys]`. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Config } from "../config/config.ts";
import { findDirective } from "../config/directives.ts";
import { systemClock } from "../ports/node/clock.ts";
import { systemDisk } from "../ports/node/disk.ts";
import { systemRandom } from "../ports/node/random.ts";
import { Encoding } from "../types/string/encoding.ts";
import { assemble } from "./assembly.ts";

const keys = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "veridis-stall-"));
const config = new Config({ directory: folder });
config.load(findDirective("save")!, [""]);
let isAwake = false;
const { core, instance, persistence } = assemble({
  ...{ config, clock: systemClock, random: systemRandom, disk: systemDisk },
  operatorLog: { warn: console.error, notice: () => {}, verbose: () => {} },
  onFatal: () => process.exit(1),
  wake: () => {
    isAwake = true;
  },
});
const [keyspace] = instance.data.databases;
const value = Buffer.alloc(100, "v");
for (let i = 0; i < keys; i++) {
  const key = Buffer.from(`key:${String(i).padStart(12, "0")}`);
  keyspace!.setBytes(key, 0, key.length, value, 0, value.length, Encoding.raw, false);
}
for (const how of ["background", "at once"]) {
  let longestMs = 0;
  let longestCpuMs = 0;
  const startMs = performance.now();
  const timed = (act: () => void): void => {
    const beforeMs = performance.now();
    const before = process.threadCpuUsage();
    act();
    const { user, system } = process.threadCpuUsage(before);
    longestMs = Math.max(longestMs, performance.now() - beforeMs);
    longestCpuMs = Math.max(longestCpuMs, (user + system) / 1000);
  };
  if (how === "at once") {
    timed(() => persistence.snapshots.save());
  } else {
    timed(() => persistence.snapshots.begin());
    while (persistence.snapshots.currentSeconds >= 0) {
      isAwake = false;
      timed(() => core.flush());
      if (!isAwake) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const totalMs = performance.now() - startMs;
  const { size } = statSync(join(folder, "dump.rdb"));
  console.log(
    `${how}: ${keys} keys, ${size} bytes in ${totalMs.toFixed(0)} ms; longest stop ${longestMs.toFixed(1)} ms, of which ${longestCpuMs.toFixed(1)} ms its own`,
  );
}
rmSync(folder, { recursive: true });
