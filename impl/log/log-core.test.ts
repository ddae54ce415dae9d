import { beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../testing/clock.ts";
import { MemoryDisk } from "../../testing/disk.ts";
import { RecordingTrace } from "../../testing/trace.ts";
import type { DiskFile } from "../ports/disk.ts";
import { isDiskError } from "../ports/disk.ts";
import { Ballast } from "./ballast.ts";
import { type FsyncPolicy, LogCore } from "./log-core.ts";

const PATH = "/aof/log";
const EIO = { code: "EIO", message: "Input/output error" };
const BALLAST_BYTES = 1000;

class Bench {
  readonly disk = new MemoryDisk();
  readonly trace = new RecordingTrace();
  readonly clock = new VirtualClock();
  gateMoves = 0;
  poisoned: string | null = null;
  full: string | null = null;
  /** What is no longer in its place. */
  gone: string | null = null;
  displaced: string | null = null;
  readonly log: LogCore;

  constructor(policy: FsyncPolicy, hasBallast = true) {
    const ballast = new Ballast(this.disk, "/aof/ballast", hasBallast ? BALLAST_BYTES : 0);
    ballast.restore();
    this.log = new LogCore({
      file: opened(this.disk),
      policy,
      clock: this.clock,
      trace: this.trace,
      events: {
        gateMoved: () => this.gateMoves++,
        poisoned: (reason) => {
          this.poisoned = reason;
        },
        full: (reason) => {
          this.full = reason;
        },
        displaced: (path) => {
          this.displaced = path;
        },
      },
      ballast,
      displaced: () => this.gone,
      nextLsn: 1,
      term: 0,
    });
    this.trace.takeLines();
  }

  /** Appends units, each a command of its own. */
  append(count = 1): void {
    for (let i = 0; i < count; i++) {
      const bytes = Buffer.from(`*1\r\n$4\r\nX${String(this.log.end).padStart(3, "0")}\r\n`);
      this.log.append(bytes, 0, bytes.length, false);
      this.log.verifyInvariants();
    }
  }

  flush(): void {
    this.log.flush();
    this.log.verifyInvariants();
  }

  /** Time passes in steps of a tick. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.clock.advance(Math.min(100, left));
      this.log.tick();
      this.log.verifyInvariants();
    }
  }

  get state(): readonly [end: number, written: number, synced: number, gate: number] {
    return [this.log.end, this.log.written, this.log.synced, this.log.gate];
  }
}

function opened(disk: MemoryDisk): DiskFile {
  const file = disk.open(PATH, "new");
  if (isDiskError(file)) throw new Error(file.message);
  return file;
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench("always");
});

test("always: the gate opens when a sync that began after the write has returned", () => {
  bench.append(2);
  expect(bench.state).toEqual([2, 0, 0, 0]);
  bench.flush();
  expect(bench.state).toEqual([2, 2, 0, 0]);
  bench.disk.endSync();
  expect(bench.state).toEqual([2, 2, 2, 2]);
  expect(bench.gateMoves).toBe(1);
  expect(bench.trace.takeLines()).toEqual(["Write to=2", "FsyncBegin to=2", "FsyncOk"]);
});

test("always: a sync in place opens the gate within the flush, whose caller looks at it", () => {
  bench.disk.isPrompt = true;
  bench.append(2);
  bench.flush();
  expect(bench.state).toEqual([2, 2, 2, 2]);
  expect(bench.gateMoves).toBe(0);
  expect(bench.trace.takeLines()).toEqual(["Write to=2", "FsyncBegin to=2", "FsyncOk"]);
});

test("always: a sync in place behind one in the background tells that the gate has moved", () => {
  bench.append();
  bench.flush();
  bench.append();
  bench.flush();
  bench.disk.isPrompt = true;
  bench.disk.endSync();
  expect(bench.state).toEqual([2, 2, 2, 2]);
  expect(bench.gateMoves).toBeGreaterThan(0);
});

test("always: a stop never syncs in place, so that replies leave before the log is closed", () => {
  bench.disk.isPrompt = true;
  bench.append();
  let outcome: string | null | undefined;
  bench.log.close((error) => {
    outcome = error;
  });
  expect(outcome).toBeUndefined();
  bench.disk.endSync();
  expect(outcome).toBeNull();
});

test("everysec and no: no sync blocks", () => {
  for (const policy of ["everysec", "no"] as const) {
    bench = new Bench(policy);
    bench.disk.isPrompt = true;
    bench.append();
    bench.flush();
    bench.pass(3000);
    expect(bench.disk.syncs).toHaveLength(policy === "no" ? 0 : 1);
    expect(bench.log.synced).toBe(0);
  }
});

test("always: what is written during a sync waits for the next one, which serves all of it", () => {
  bench.append();
  bench.flush();
  bench.append();
  bench.flush();
  bench.append(2);
  bench.flush();
  expect(bench.disk.syncs).toHaveLength(1);
  bench.disk.endSync();
  expect(bench.state).toEqual([4, 4, 1, 1]);
  expect(bench.disk.syncs).toHaveLength(1);
  bench.disk.endSync();
  expect(bench.state).toEqual([4, 4, 4, 4]);
  expect(bench.disk.syncs).toHaveLength(0);
});

test("a frame names its first unit, and its checksum is that of its bytes", () => {
  bench.append(2);
  bench.flush();
  bench.append();
  bench.flush();
  const text = bench.disk.text(PATH);
  expect(text).toMatch(/^#V1 lsn=1 term=0 len=28 crc32c=[0-9a-f]{8}\r\n\*1\r\n\$4\r\nX000\r\n/);
  expect(text).toMatch(
    /X001\r\n#V1 lsn=3 term=0 len=14 crc32c=[0-9a-f]{8}\r\n\*1\r\n\$4\r\nX002\r\n$/,
  );
});

test("no: the gate opens with the write, and nothing is synced", () => {
  bench = new Bench("no");
  bench.append(3);
  bench.flush();
  bench.pass(5000);
  expect(bench.state).toEqual([3, 3, 0, 3]);
  expect(bench.disk.syncs).toHaveLength(0);
});

test("everysec: the gate opens with the write; a sync begins at most once a second", () => {
  bench = new Bench("everysec");
  bench.append();
  bench.flush();
  expect(bench.state).toEqual([1, 1, 0, 1]);
  expect(bench.disk.syncs).toHaveLength(1);
  bench.disk.endSync();
  bench.append();
  bench.flush();
  expect(bench.disk.syncs).toHaveLength(0);
  bench.pass(900);
  expect(bench.disk.syncs).toHaveLength(0);
  bench.pass(100);
  expect(bench.disk.syncs).toHaveLength(1);
});

test("everysec: the gate waits while the oldest unit that it passed is two seconds old", () => {
  bench = new Bench("everysec");
  bench.append();
  bench.flush();
  bench.pass(1900);
  bench.append();
  bench.flush();
  expect(bench.log.gate).toBe(2);
  bench.pass(100);
  bench.append();
  bench.flush();
  expect(bench.state).toEqual([3, 3, 0, 2]);
  expect(bench.log.delayedSyncs).toBe(1);
  bench.disk.endSync();
  // The second unit is 100 ms old: the third may pass.
  expect(bench.state).toEqual([3, 3, 1, 3]);
  expect(bench.gateMoves).toBe(1);
});

test("everysec: a sync that leaves an old unit behind does not open the gate", () => {
  bench = new Bench("everysec");
  bench.append();
  bench.flush();
  bench.append();
  bench.flush();
  bench.pass(2000);
  bench.append();
  bench.flush();
  bench.disk.endSync();
  expect(bench.state).toEqual([3, 3, 1, 2]);
  bench.disk.endSync();
  expect(bench.state).toEqual([3, 3, 3, 3]);
});

test("a failed sync poisons: the gate stays and nothing is written or synced any more", () => {
  bench.append();
  bench.flush();
  bench.append();
  bench.disk.endSync("fails");
  expect(bench.poisoned).toBe("Input/output error");
  expect(bench.log.isUp).toBe(false);
  bench.append();
  bench.flush();
  bench.pass(5000);
  expect(bench.state).toEqual([3, 1, 0, 0]);
  expect(bench.disk.syncs).toHaveLength(0);
  expect(bench.trace.takeLines().at(-1)).toBe("FsyncFail lost=true");
});

test("a full disk: the ballast makes room for what has executed; writes are refused until there is space", () => {
  bench.append();
  bench.flush();
  bench.disk.endSync();
  bench.disk.capacityBytes = bench.disk.usedBytes;
  bench.append(2);
  bench.flush();
  expect(bench.full).toBe("No space left on device");
  expect(bench.state).toEqual([3, 3, 1, 1]);
  bench.disk.endSync();
  expect(bench.state).toEqual([3, 3, 3, 3]);
  bench.pass(1000);
  expect(bench.log.fullReason).toBe("No space left on device");
  bench.disk.capacityBytes += 10_000;
  bench.pass(100);
  expect(bench.full).toBe(null);
  expect(bench.log.fullReason).toBe(null);
  expect(bench.disk.text("/aof/ballast")).toHaveLength(BALLAST_BYTES);
  expect(bench.trace.takeLines()).toEqual([
    "Write to=1",
    "FsyncBegin to=1",
    "FsyncOk",
    "WriteRefused",
    "Write to=3",
    "FsyncBegin to=3",
    "FsyncOk",
    "Heal",
  ]);
});

test("a short write: the partial frame is cut off before anything else is written", () => {
  bench = new Bench("no", false);
  bench.append();
  bench.flush();
  const before = bench.disk.text(PATH);
  bench.disk.nextAppends.push(20);
  bench.disk.isStubborn = true;
  bench.append();
  bench.flush();
  expect(bench.full).toBe("No space left on device");
  expect(bench.disk.text(PATH)).toHaveLength(before.length + 20);
  bench.flush();
  bench.pass(500);
  expect(bench.state).toEqual([2, 1, 0, 1]);
  bench.disk.isStubborn = false;
  bench.pass(100);
  expect(bench.state).toEqual([2, 2, 0, 2]);
  expect(bench.gateMoves).toBe(1);
  expect(bench.disk.text(PATH).slice(before.length)).toMatch(/^#V1 lsn=2 term=0 len=14 /);
  expect(bench.trace.takeLines()).toEqual([
    "Write to=1",
    "ShortWrite",
    "CutTail",
    "Write to=2",
    "Heal",
  ]);
});

test("units that come while the disk is full wait for the next tick", () => {
  bench = new Bench("no", false);
  bench.disk.nextAppends.push(EIO);
  bench.append();
  bench.flush();
  expect(bench.full).toBe("Input/output error");
  bench.append();
  bench.flush();
  expect(bench.log.written).toBe(0);
  bench.pass(100);
  expect(bench.log.gate).toBe(2);
});

test("closing writes, syncs, and then says so in the last line", () => {
  bench = new Bench("no");
  bench.append();
  let outcome: string | null | undefined;
  bench.log.close((error) => {
    outcome = error;
  });
  expect(outcome).toBe(undefined);
  expect(bench.disk.text(PATH)).not.toContain("closed");
  bench.disk.endSync();
  expect(outcome).toBe(null);
  expect(bench.disk.text(PATH)).toMatch(/#V1 closed lsn=1 term=0 crc32c=[0-9a-f]{8}\r\n$/);
  expect(bench.trace.takeLines()).toEqual(["Write to=1", "FsyncBegin to=1", "FsyncOk", "Close"]);
});

test("closing waits for the sync under way and syncs what came after it", () => {
  bench.append();
  bench.flush();
  bench.append();
  let outcome: string | null | undefined;
  bench.log.close((error) => {
    outcome = error;
  });
  bench.disk.endSync();
  expect(outcome).toBe(undefined);
  bench.disk.endSync();
  expect(outcome).toBe(null);
});

test("a file whose sync failed is not closed cleanly", () => {
  bench.append();
  let outcome: string | null | undefined;
  bench.log.close((error) => {
    outcome = error;
  });
  bench.disk.endSync("fails");
  expect(outcome).toBe("Input/output error");
  expect(bench.disk.text(PATH)).not.toContain("closed");
});

test("from always on no reply shows what an earlier policy let pass and is not synced", () => {
  bench = new Bench("no");
  bench.append();
  bench.flush();
  expect(bench.state).toEqual([1, 1, 0, 1]);
  bench.log.setPolicy("always");
  bench.log.verifyInvariants();
  expect(bench.state).toEqual([1, 1, 0, 0]);
  expect(bench.disk.syncs).toHaveLength(1);
  bench.append();
  bench.flush();
  bench.disk.endSync();
  expect(bench.state).toEqual([2, 2, 1, 1]);
  bench.log.setPolicy("no");
  expect(bench.state).toEqual([2, 2, 1, 2]);
  expect(bench.gateMoves).toBe(2);
});

test("what everysec has let pass grows older while always is in force", () => {
  bench = new Bench("everysec");
  bench.append();
  bench.flush();
  bench.pass(1500);
  bench.log.setPolicy("always");
  bench.log.setPolicy("everysec");
  bench.append();
  bench.flush();
  expect(bench.log.gate).toBe(2);
  bench.pass(500);
  bench.append();
  bench.flush();
  expect(bench.state).toEqual([3, 3, 0, 2]);
});

test("what was let pass with no counts as let pass when that policy ends", () => {
  for (const detour of [[], ["always"]] as const) {
    bench = new Bench("no");
    bench.append();
    bench.flush();
    bench.pass(5000);
    for (const policy of detour) bench.log.setPolicy(policy);
    bench.log.setPolicy("everysec");
    bench.append();
    bench.flush();
    expect(bench.log.gate).toBe(2);
    bench.pass(2000);
    bench.append();
    bench.flush();
    expect(bench.log.gate).toBe(2);
  }
});

test("a log whose file has been moved away acknowledges nothing more", () => {
  const bench = new Bench("everysec");
  bench.append();
  bench.flush();
  bench.gone = "/aof/increment";
  bench.append();
  bench.pass(100);
  expect(bench.displaced).toBe("/aof/increment");
  expect(bench.log.isUp).toBe(false);
  let outcome: string | null = null;
  bench.log.close((error) => {
    outcome = error;
  });
  expect(outcome).toBe("/aof/increment is no longer in its place");
});

test("with always, not even what was synced since it was moved", () => {
  const bench = new Bench("always");
  bench.append();
  bench.flush();
  bench.gone = "/aof/increment";
  bench.disk.endSync();
  expect(bench.log.gate).toBe(0);
  expect(bench.log.isUp).toBe(false);
});

test("a clean end is none when the file is gone", () => {
  const bench = new Bench("no");
  bench.append();
  bench.gone = "/aof/increment";
  let outcome: string | null = null;
  bench.log.close((error) => {
    outcome = error;
  });
  expect(outcome).toBe("/aof/increment is no longer in its place");
});
