import { expect, test } from "vitest";
import { MemoryDisk } from "../../testing/disk.ts";
import { IO_ERROR } from "../../testing/disk-errors.ts";
import { RecordingTrace } from "../../testing/trace.ts";
import { requestText } from "../../testing/wire/request.ts";
import { isDiskError } from "../ports/disk.ts";
import type { Request } from "../resp/request.ts";
import { describeLogFailure, isOfTheMoment, Refusal } from "./failure.ts";
import { encodeClosed, encodeHeader } from "./frame.ts";
import { Recovery, type RecoveryOutcome } from "./recovery.ts";

const DIRECTORY = "/data/aof";
const INCREMENT = `${DIRECTORY}/log.1.incr.aof`;
const NEXT = `${DIRECTORY}/log.2.incr.aof`;
const MANIFEST = `${DIRECTORY}/log.manifest`;
const SELECT = requestText("SELECT", "0");

function frame(lsn: number, ...commands: string[]): string {
  const body = Buffer.from(commands.join(""), "latin1");
  const buffer = Buffer.alloc(128 + body.length);
  body.copy(buffer, 128);
  return buffer.toString("latin1", encodeHeader(buffer, 128, body.length, lsn, 0));
}

function closed(lsn: number): string {
  return Buffer.from(encodeClosed(lsn, 0)).toString("latin1");
}

/** Three frames: SET a, SET b with SET c, a transaction. */
const FRAMES = [
  frame(1, SELECT, requestText("SET", "a", "1")),
  frame(2, requestText("SET", "b", "2"), requestText("SET", "c", "3")),
  frame(
    4,
    requestText("MULTI"),
    requestText("SET", "d", "4"),
    requestText("DEL", "a"),
    requestText("EXEC"),
  ),
];
const EFFECTS = ["SELECT 0", "SET a 1", "SET b 2", "SET c 3", "SET d 4", "DEL a"];

class Bench {
  readonly disk = new MemoryDisk();
  readonly trace = new RecordingTrace();
  readonly executed: string[] = [];
  readonly reports: string[] = [];
  loadsTruncated = true;
  steps = 0;

  /** Puts an increment there with its manifest. */
  holds(text: string): this {
    this.disk.put(INCREMENT, text);
    this.disk.put(MANIFEST, "file log.1.incr.aof seq 1 type i\n");
    return this;
  }

  recover(budgetBytes = 1 << 20): RecoveryOutcome {
    this.executed.length = 0;
    this.reports.length = 0;
    this.disk.processGone();
    const recovery = new Recovery({
      disk: this.disk,
      place: { parent: "/data", directory: "aof", fileName: "log", snapshot: "dump.rdb" },
      target: {
        beginFile: () => {},
        expect: () => {},
        execute: (request: Request) => {
          const words = Array.from({ length: request.argc }, (_, i) => request.text(i));
          if (words[0] === "NONSENSE") return "ERR unknown command";
          this.executed.push(words.join(" "));
          return null;
        },
      },
      trace: this.trace,
      loadsTruncated: this.loadsTruncated,
      report: (message) => this.reports.push(message),
    });
    for (;;) {
      this.steps++;
      const outcome = recovery.step(budgetBytes);
      recovery.verifyInvariants();
      expect(recovery.loadedBytes).toBeLessThanOrEqual(recovery.totalBytes);
      if (outcome !== null) return outcome;
    }
  }

  /** The number of the next unit after a recovery that must succeed. */
  nextLsn(): number {
    const outcome = this.recover();
    if (outcome.kind === "refused") throw new Refusal(outcome.failure);
    return outcome.log.nextLsn;
  }

  refusal(): string {
    const outcome = this.recover();
    return outcome.kind === "refused" ? describeLogFailure(outcome.failure) : "nothing was refused";
  }
}

test("a new directory gets an empty increment and a manifest", () => {
  const bench = new Bench();
  expect(bench.nextLsn()).toBe(1);
  expect(bench.disk.text(INCREMENT)).toBe("");
  expect(bench.disk.text(MANIFEST)).toBe("file log.1.incr.aof seq 1 type i\n");
  expect([...bench.disk.files.keys()].sort()).toEqual([INCREMENT, MANIFEST]);
  expect(bench.trace.takeLines()).toEqual(["RecoverBegin end=0", "RecoverRewrite"]);
});

test("a file that was closed cleanly is replayed and goes on", () => {
  const bench = new Bench().holds(FRAMES.join("") + closed(4));
  expect(bench.nextLsn()).toBe(5);
  expect(bench.executed).toEqual(EFFECTS);
  expect(bench.reports).toEqual([]);
  expect(bench.disk.files.has(NEXT)).toBe(false);
  expect(bench.trace.takeLines()).toEqual(["RecoverBegin end=4"]);
});

test("of an unproven file everything is written again, which brings back what a sync has lost", () => {
  const bench = new Bench().holds(FRAMES.join(""));
  const content = bench.disk.files.get(INCREMENT)!;
  content.lasting = FRAMES[0]!.length;
  content.isHoled = true;
  expect(bench.nextLsn()).toBe(5);
  expect(bench.executed).toEqual(EFFECTS);
  bench.disk.losePower();
  expect(bench.disk.text(INCREMENT)).toBe(FRAMES.join(""));
  expect(bench.disk.text(MANIFEST)).toBe("file log.1.incr.aof seq 1 type i\n");
  expect(bench.trace.takeLines()).toEqual(["RecoverBegin end=4", "RecoverRewrite"]);
});

test("a closing line in the middle proves nothing about what follows", () => {
  const bench = new Bench().holds(FRAMES[0] + closed(1) + FRAMES[1]);
  expect(bench.nextLsn()).toBe(4);
  expect(bench.disk.text(INCREMENT)).toBe(FRAMES[0] + closed(1) + FRAMES[1]);
});

test("a closing line must name the last unit", () => {
  const bench = new Bench().holds(FRAMES.join("") + closed(3));
  expect(bench.refusal()).toContain("it was closed at LSN 3, but ends at LSN 4");
});

test("wherever the file ends, what is whole is recovered and the rest is cut off", () => {
  const whole = FRAMES.join("");
  for (let length = 0; length <= whole.length; length++) {
    const bench = new Bench().holds(whole.slice(0, length));
    const frames = FRAMES.filter((_, i) => FRAMES.slice(0, i + 1).join("").length <= length);
    const kept = frames.join("");
    expect(bench.nextLsn()).toBe([1, 2, 4, 5][frames.length]);
    expect(bench.disk.text(INCREMENT)).toBe(kept);
    expect(bench.reports.length > 0).toBe(kept.length < length);
  }
});

test("the report of a torn end says where it is, and aof-load-truncated no refuses it", () => {
  const bench = new Bench().holds(FRAMES.join("").slice(0, -3));
  bench.nextLsn();
  const offset = FRAMES[0]!.length + FRAMES[1]!.length;
  expect(bench.reports).toEqual([
    "The end of the append-only file log.1.incr.aof is torn: the file ends within the frame " +
      `(offset ${offset}, LSN 4)`,
    `Its last ${FRAMES[2]!.length - 3} bytes are cut off`,
  ]);
  const strict = new Bench().holds(FRAMES.join("").slice(0, -3));
  strict.loadsTruncated = false;
  expect(strict.refusal()).toContain("Unexpected end of the append-only file log.1.incr.aof");
  expect(strict.disk.text(INCREMENT)).toBe(FRAMES.join("").slice(0, -3));
});

test("a changed byte anywhere in front of an intact frame is refused with file, offset and LSN", () => {
  const [first, second, third] = FRAMES as [string, string, string];
  for (let i = 0; i < second.length; i++) {
    const changed = String.fromCharCode(second.charCodeAt(i) ^ 1);
    const bench = new Bench().holds(
      first + second.slice(0, i) + changed + second.slice(i + 1) + third,
    );
    expect(bench.refusal()).toContain(
      `The append-only file log.1.incr.aof is damaged at offset ${first.length}, LSN 2: `,
    );
    expect(bench.disk.files.size).toBe(2);
  }
});

test("a changed byte in front of the closing line is refused, too", () => {
  const text = FRAMES.join("");
  const at = text.length - 10;
  const bench = new Bench().holds(`${text.slice(0, at)}x${text.slice(at + 1)}${closed(4)}`);
  expect(bench.refusal()).toContain("is damaged at offset");
});

test("a changed byte in the last frame is a torn end", () => {
  const text = FRAMES.join("");
  const bench = new Bench().holds(`${text.slice(0, -10)}x${text.slice(-9)}`);
  expect(bench.nextLsn()).toBe(4);
  expect(bench.reports[0]).toContain("the frame's checksum is wrong");
});

test("a lost page in front of a later one is a torn end: nothing of either was synced", () => {
  const long = "v".repeat(5000);
  const frames = [
    FRAMES[0]!,
    frame(2, requestText("SET", "a", long)),
    frame(3, requestText("SET", "b", "1")),
  ];
  const text = frames.join("");
  const torn = text.slice(0, 512) + "\0".repeat(512) + text.slice(1024);
  const bench = new Bench().holds(torn);
  expect(bench.nextLsn()).toBe(2);
  expect(bench.disk.text(INCREMENT)).toBe(FRAMES[0]);
  const proven = new Bench().holds(torn + closed(3));
  expect(proven.refusal()).toContain("is damaged at offset");
});

test("a missing frame is refused", () => {
  const bench = new Bench().holds(FRAMES[0]! + FRAMES[2]!);
  expect(bench.refusal()).toContain(
    `is damaged at offset ${FRAMES[0]!.length}: the frame has LSN 4 where LSN 2 is due`,
  );
});

test("a file without frames, as Redis writes it, is replayed", () => {
  const text =
    `#TS:1700000000\r\n${SELECT}${requestText("SET", "a", "1")}` +
    `${requestText("MULTI")}${requestText("SET", "b", "2")}${requestText("SET", "c", "3")}${requestText("EXEC")}`;
  const bench = new Bench().holds(text);
  expect(bench.nextLsn()).toBe(3);
  expect(bench.executed).toEqual(["SELECT 0", "SET a 1", "SET b 2", "SET c 3"]);
  expect(bench.disk.text(INCREMENT)).toBe(text);
});

test("a file of Redis that is longer than what is read at once is replayed command by command", () => {
  const commands = Array.from({ length: 40_000 }, (_, i) => `SET key:${i} ${"v".repeat(i % 61)}`);
  commands[20_000] = `SET long ${"x".repeat(300_000)}`;
  const text = commands.map((line) => requestText(...line.split(" "))).join("");
  expect(text.length).toBeGreaterThan(2.5 * 1024 * 1024);
  const bench = new Bench().holds(text);
  expect(bench.nextLsn()).toBe(commands.length + 1);
  expect(bench.executed).toEqual(commands);
});

test("frames, then commands of Redis, then frames: the numbers go on", () => {
  const text =
    FRAMES.join("") + SELECT + requestText("SET", "e", "5") + frame(6, requestText("DEL", "e"));
  const bench = new Bench().holds(text);
  expect(bench.nextLsn()).toBe(7);
  expect(bench.executed).toEqual([...EFFECTS, "SELECT 0", "SET e 5", "DEL e"]);
});

test("wherever a file of Redis ends, no half of a transaction is executed", () => {
  const first = SELECT + requestText("SET", "a", "1");
  const second =
    requestText("MULTI") +
    requestText("SET", "b", "2") +
    requestText("SET", "c", "3") +
    requestText("EXEC");
  for (let length = first.length; length <= first.length + second.length; length++) {
    const bench = new Bench().holds((first + second).slice(0, length));
    const isWhole = length === first.length + second.length;
    expect(bench.nextLsn()).toBe(isWhole ? 3 : 2);
    expect(bench.executed).toHaveLength(isWhole ? 4 : 2);
    expect(bench.disk.text(INCREMENT)).toBe(isWhole ? first + second : first);
  }
});

test("what is no command is refused in a file of Redis", () => {
  const bench = new Bench().holds(`${requestText("SET", "a", "1")}garbage\r\n`);
  expect(bench.refusal()).toContain("has a bad format at offset 27, LSN 2");
  expect(new Bench().holds("garbage").refusal()).toContain("has a bad format at offset 0");
});

test.each([
  ["nothing-begins", "garbage"],
  ["malformed-command", "*1\r\nends\r\n"],
  ["malformed-command", "*no end\r\n"],
])("an end that no crash explains is refused, whatever its words: %s", (kind, rest) => {
  const outcome = new Bench().holds(requestText("SET", "a", "1") + rest).recover();
  expect(outcome).toMatchObject({ kind: "refused", failure: { found: { flaw: { kind } } } });
});

test.each([
  ["endless-line", "#a line"],
  ["unreadable-line", "#a line\r\n"],
  ["cut-command", "*1\r\n$4\r\nPI"],
  ["open-transaction", requestText("MULTI") + requestText("SET", "b", "1")],
  ["wrong-checksum", FRAMES[0]!.replace("$1", "$2")],
  ["cut-frame", FRAMES[0]!.slice(0, -1)],
])("an end that a crash explains is cut off: %s", (_kind, rest) => {
  const bench = new Bench().holds(requestText("SET", "a", "1") + rest.replace("lsn=1", "lsn=2"));
  expect(bench.nextLsn()).toBe(2);
  expect(bench.disk.text(INCREMENT)).toBe(requestText("SET", "a", "1"));
});

test("what the disk refused is told from what the files are", () => {
  const damaged = new Bench().holds("garbage").recover();
  const missing = new Bench().holds("");
  missing.disk.remove(INCREMENT);
  const refused = missing.recover();
  if (damaged.kind !== "refused" || refused.kind !== "refused") throw new Error("not refused");
  expect(isOfTheMoment(damaged.failure)).toBe(false);
  expect(isOfTheMoment(refused.failure)).toBe(true);
});

test("zeros at the end of a file are cut off", () => {
  const bench = new Bench().holds(requestText("SET", "a", "1") + "\0".repeat(100));
  expect(bench.nextLsn()).toBe(2);
  expect(bench.disk.text(INCREMENT)).toBe(requestText("SET", "a", "1"));
});

test("a command that cannot be executed is refused by name and place", () => {
  const bench = new Bench().holds(frame(1, SELECT, requestText("NONSENSE", "x")));
  expect(bench.refusal()).toBe(
    "The append-only file log.1.incr.aof has a command at offset 0 that fails: " +
      "NONSENSE: ERR unknown command",
  );
});

test("base and several increments are replayed in order; only the last may be torn", () => {
  const bench = new Bench();
  bench.disk.put(`${DIRECTORY}/log.1.base.aof`, SELECT + requestText("SET", "a", "0"));
  bench.disk.put(INCREMENT, SELECT + requestText("SET", "a", "1"));
  bench.disk.put(NEXT, `${SELECT}${requestText("SET", "a", "2")}*3\r\n`);
  bench.disk.put(
    MANIFEST,
    "file log.1.base.aof seq 1 type b\nfile log.1.incr.aof seq 1 type i\n" +
      "file log.2.incr.aof seq 2 type i\n",
  );
  expect(bench.nextLsn()).toBe(4);
  expect(bench.executed.filter((line) => line !== "SELECT 0")).toEqual([
    "SET a 0",
    "SET a 1",
    "SET a 2",
  ]);
  expect(bench.disk.text(MANIFEST)).toBe(
    "file log.1.base.aof seq 1 type b\nfile log.1.incr.aof seq 1 type i\n" +
      "file log.2.incr.aof seq 2 type i\n",
  );
  bench.disk.put(INCREMENT, "*3\r\n");
  expect(bench.refusal()).toContain("The append-only file log.1.incr.aof is torn");
});

test("a base that is a snapshot is refused by name", () => {
  const bench = new Bench();
  bench.disk.put(`${DIRECTORY}/log.1.base.rdb`, "REDIS0010\xfa");
  bench.disk.put(MANIFEST, "file log.1.base.rdb seq 1 type b\n");
  expect(bench.refusal()).toContain(`The base file ${DIRECTORY}/log.1.base.rdb is an RDB snapshot`);
});

test("files without a manifest and a manifest without files are refused", () => {
  const orphan = new Bench();
  orphan.disk.put(INCREMENT, FRAMES[0]!);
  expect(orphan.refusal()).toBe(`${DIRECTORY} holds log.1.incr.aof, but no manifest log.manifest`);
  const missing = new Bench().holds("");
  missing.disk.remove(INCREMENT);
  expect(missing.refusal()).toBe(`Cannot open ${INCREMENT}: No such file or directory`);
});

test("a recovery that was interrupted anywhere is done again", () => {
  const whole = FRAMES.join("");
  for (let calls = 0; ; calls++) {
    const bench = new Bench().holds(whole);
    const interrupted = interruptAfter(bench, calls);
    expect(bench.nextLsn()).toBe(5);
    expect(bench.executed).toEqual(EFFECTS);
    if (!interrupted) break;
  }
});

/** Recovers until so many changes of the disk were made; false when there were fewer. */
function interruptAfter(bench: Bench, calls: number): boolean {
  const { disk } = bench;
  let left = calls;
  const originals = { open: disk.open, rename: disk.rename, remove: disk.remove };
  const counted = <A extends unknown[], R>(original: (...args: A) => R) =>
    function (this: unknown, ...args: A): R {
      if (left-- === 0) throw new Error("interrupted");
      return original.apply(disk, args);
    };
  Object.assign(disk, {
    open: counted(disk.open),
    rename: counted(disk.rename),
    remove: counted(disk.remove),
  });
  try {
    bench.recover();
    return false;
  } catch (error) {
    expect((error as Error).message).toBe("interrupted");
    return true;
  } finally {
    Object.assign(disk, originals);
  }
}

test("with small steps it takes many, and the outcome is the same", () => {
  const bench = new Bench().holds(FRAMES.join(""));
  const outcome = bench.recover(1);
  expect(outcome.kind).toBe("recovered");
  expect(bench.executed).toEqual(EFFECTS);
  expect(bench.steps).toBeGreaterThan(3);
});

test("a disk without any space is no reason not to start", () => {
  const bench = new Bench().holds(FRAMES.join("").slice(0, -3));
  bench.disk.put(`${DIRECTORY}/log.ballast`, "space");
  bench.disk.capacityBytes = 0;
  expect(bench.nextLsn()).toBe(4);
  expect([...bench.disk.files.keys()].sort()).toEqual([INCREMENT, MANIFEST]);
  expect(bench.trace.takeLines()).toEqual(["RecoverBegin end=3", "CutTail", "RecoverRewrite"]);
});

test("when nothing can be made to last the start is refused, and the file is as it was", () => {
  const bench = new Bench().holds(FRAMES.join(""));
  const { rewrite } = bench.disk;
  bench.disk.rewrite = () => IO_ERROR;
  expect(bench.refusal()).toContain("Cannot read log.1.incr.aof, or write it again: ");
  expect(bench.trace.takeLines()).toEqual([]);
  expect(bench.disk.text(INCREMENT)).toBe(FRAMES.join(""));
  bench.disk.rewrite = rewrite;
  expect(bench.nextLsn()).toBe(5);
});

test("a value that looks like a closing line proves nothing", () => {
  const text = SELECT + requestText("SET", "a", closed(1).slice(0, -2));
  const bench = new Bench().holds(text);
  const content = bench.disk.files.get(INCREMENT)!;
  content.lasting = 0;
  content.isHoled = true;
  expect(bench.nextLsn()).toBe(2);
  expect(bench.executed).toHaveLength(2);
  bench.disk.losePower();
  expect(bench.disk.text(INCREMENT)).toBe(text);
});

test("what is longer than what is read at once is written again as a whole", () => {
  const long = Array.from({ length: 5 }, (_, i) => {
    return frame(i + 1, requestText("SET", "a", "v".repeat(700_000)));
  });
  const bench = new Bench().holds(long.join(""));
  const content = bench.disk.files.get(INCREMENT)!;
  content.lasting = 0;
  content.isHoled = true;
  const pieces: [number, number][] = [];
  const { rewrite } = bench.disk;
  bench.disk.rewrite = (into, offset, bytes) => {
    pieces.push([offset, offset + bytes.length]);
    return rewrite.call(bench.disk, into, offset, bytes);
  };
  expect(bench.nextLsn()).toBe(6);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.map(([start]) => start)).toEqual([0, ...pieces.slice(0, -1).map(([, end]) => end)]);
  expect(pieces.at(-1)![1]).toBe(long.join("").length);
});

test("the opened file is the one that is appended to", () => {
  const bench = new Bench().holds(FRAMES.join(""));
  const outcome = bench.recover();
  if (outcome.kind === "refused") throw new Refusal(outcome.failure);
  const bytes = Buffer.from(frame(5, requestText("SET", "e", "5")), "latin1");
  expect(isDiskError(outcome.log.file.append(bytes, 0, bytes.length))).toBe(false);
  expect(bench.disk.text(INCREMENT)).toBe(FRAMES.join("") + bytes.toString("latin1"));
});

test("a directory that another server has is left alone", () => {
  const bench = new Bench().holds(FRAMES.join(""));
  bench.disk.locks.set(`${DIRECTORY}/log.lock`, "other server");
  const before = bench.disk.list(DIRECTORY);
  const outcome = bench.recover();
  if (outcome.kind !== "refused") throw new Error("it was not refused");
  expect(describeLogFailure(outcome.failure)).toBe(
    `The directory ${DIRECTORY} is in use by the other server. Stop that server, or give this one ` +
      "a directory of its own with dir or appenddirname",
  );
  expect(bench.executed).toEqual([]);
  expect(bench.disk.list(DIRECTORY)).toEqual(before);
});

test("a start that is refused gives the directory back", () => {
  const bench = new Bench().holds(`${FRAMES[0]}junk`);
  bench.loadsTruncated = false;
  expect(bench.recover().kind).toBe("refused");
  expect(bench.disk.locks.size).toBe(0);
});

const OLD = "/data/log";
const SNAPSHOT = "/data/dump.rdb";

test("the single file of an older Redis is taken in, its torn end cut off", () => {
  const text = SELECT + requestText("SET", "a", "1");
  for (const end of ["", "*3\r\n$3"]) {
    const bench = new Bench();
    bench.disk.put(OLD, text + end);
    expect(bench.nextLsn()).toBe(2);
    expect(bench.executed).toEqual(["SELECT 0", "SET a 1"]);
    expect([...bench.disk.files.keys()].sort()).toEqual([OLD_BASE, INCREMENT, MANIFEST].sort());
    expect(bench.disk.text(MANIFEST)).toBe(
      "file log seq 1 type b\nfile log.1.incr.aof seq 1 type i\n",
    );
    expect(bench.disk.text(OLD_BASE)).toBe(text);
    expect(bench.nextLsn()).toBe(2);
  }
});

const OLD_BASE = `${DIRECTORY}/log`;

test("wherever taking it in is interrupted, the next start finds all of it", () => {
  for (let calls = 0; ; calls++) {
    const bench = new Bench();
    bench.disk.put(OLD, SELECT + requestText("SET", "a", "1"));
    const interrupted = interruptAfter(bench, calls);
    if (calls % 2 === 0) bench.disk.losePower();
    expect(bench.nextLsn()).toBe(2);
    expect(bench.executed).toEqual(["SELECT 0", "SET a 1"]);
    if (!interrupted) break;
  }
});

test("a data file that cannot be loaded is never passed over", () => {
  const mixed = new Bench();
  mixed.disk.put(OLD, "REDIS0010\xfa");
  expect(mixed.refusal()).toContain(`${OLD} is an RDB snapshot, which cannot be loaded`);
  expect(mixed.disk.text(OLD)).toBe("REDIS0010\xfa");
  const dumped = new Bench();
  dumped.disk.put(SNAPSHOT, "REDIS0010\xfa");
  expect(dumped.refusal()).toContain(`There is a snapshot ${SNAPSHOT} and no append-only file`);
  // Beside a log it is older than the log.
  const both = new Bench().holds(FRAMES.join(""));
  both.disk.put(SNAPSHOT, "REDIS0010\xfa");
  expect(both.nextLsn()).toBe(5);
});
