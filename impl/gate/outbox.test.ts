import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latin1 } from "../resp/request.ts";
import type { Gate } from "./gate.ts";
import { BEHIND, NOTHING, Outbox, RUNNING } from "./outbox.ts";

/** A log whose units are written in frames and synced frame by frame. */
class Log implements Gate {
  end = 0;
  written = 0;
  gate = 0;
  isUp = true;

  write(): void {
    this.written = this.end;
  }

  sync(): void {
    this.gate = this.written;
  }
}

/** What may leave, taken out. */
function take(outbox: Outbox, gate: Gate): string {
  const length = outbox.passable(gate);
  const text = latin1(outbox.writer.bytes, 0, length);
  outbox.sent(length, true);
  outbox.verifyInvariants();
  return text;
}

function reply(outbox: Outbox, text: string, dependency: number, gate: Gate): void {
  outbox.open();
  outbox.writer.raw(text);
  outbox.close(dependency, gate);
}

/** What leaves in front of the open reply, and how many items that ends. */
function early(outbox: Outbox, gate: Gate): readonly [string, number] | null {
  const taken = outbox.takeEarly(gate);
  outbox.verifyInvariants();
  return taken === null ? null : [latin1(taken.bytes, 0, taken.bytes.length), taken.items];
}

describe("a push", () => {
  it("stands behind the reply that is being written, whole", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.open();
    outbox.writer.array(2);
    outbox.writer.ok();
    outbox.push(NOTHING, (writer) => writer.raw(">one"), log);
    outbox.push(RUNNING, (writer) => writer.raw(">two"), log);
    outbox.writer.ok();
    log.end = 1;
    outbox.close(NOTHING, log);
    expect(take(outbox, log)).toBe("*2\r\n+OK\r\n+OK\r\n");
    expect(take(outbox, log)).toBe("");
    log.gate = 1;
    expect(take(outbox, log)).toBe(">one>two");
  });

  it("stays when the reply in front of it is taken back", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.open();
    outbox.writer.ok();
    outbox.push(NOTHING, (writer) => writer.raw(">one"), log);
    outbox.writer.truncate(0);
    outbox.close(NOTHING, log);
    expect(outbox.hasReplied).toBe(false);
    expect(take(outbox, log)).toBe(">one");
  });

  it("speaks the protocol of its connection", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.writer.protocol = 3;
    outbox.open();
    outbox.push(NOTHING, (writer) => writer.push(1), log);
    outbox.close(NOTHING, log);
    expect(take(outbox, log)).toBe(">1\r\n");
  });

  it("that depends on what is running leaves when that is settled and the gate has it", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.push(RUNNING, (writer) => writer.raw(">one"), log);
    expect(() => outbox.passable(log)).toThrow("what leaves is not settled");
    log.end = 1;
    outbox.settle(log);
    expect(outbox.awaited).toBe(1);
    expect(take(outbox, log)).toBe("");
    log.gate = 1;
    expect(take(outbox, log)).toBe(">one");
  });
});

it("settles a push and the reply behind it together when one command has caused both", () => {
  const log = new Log();
  const outbox = new Outbox();
  outbox.push(RUNNING, (writer) => writer.raw(">one"), log);
  reply(outbox, "+OK", RUNNING, log);
  log.end = 1;
  outbox.settle(log);
  expect(take(outbox, log)).toBe("");
  log.gate = 1;
  expect(take(outbox, log)).toBe(">one+OK");
});

describe("a mistake is noticed:", () => {
  it("bytes that nobody has declared", () => {
    const outbox = new Outbox();
    outbox.writer.ok();
    expect(() => outbox.verifyInvariants()).toThrow("bytes without a dependency");
    expect(() => outbox.open()).toThrow("bytes without a dependency");
    expect(() => outbox.passable(new Log())).toThrow("bytes without a dependency");
  });

  it("a reply within a reply", () => {
    const outbox = new Outbox();
    outbox.open();
    expect(() => outbox.open()).toThrow("a reply within a reply");
    expect(() => outbox.passable(new Log())).toThrow("nothing leaves within a reply");
  });

  it("a reply that takes back an earlier one", () => {
    const outbox = new Outbox();
    reply(outbox, "+OK", NOTHING, new Log());
    outbox.open();
    outbox.writer.truncate(1);
    expect(() => outbox.close(NOTHING, new Log())).toThrow("takes back an earlier one");
  });

  it("a reply behind a push whose command has ended and is not settled", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.push(RUNNING, (writer) => writer.raw(">one"), log);
    outbox.open();
    expect(() => outbox.close(NOTHING, log)).toThrow("is not settled");
  });

  it("a dependency on what has not run", () => {
    const outbox = new Outbox();
    outbox.open();
    expect(() => outbox.close(1, new Log())).toThrow("what has not run");
  });
});

describe("a replica's", () => {
  it("snapshot leaves first, when the gate has what it shows, and the stream behind it", () => {
    const log = new Log();
    const outbox = new Outbox();
    log.end = 2;
    outbox.beginStream([Buffer.from("snap"), Buffer.from("shot")], log.end);
    log.end = 3;
    outbox.append(log.end, Buffer.from("..three.."), 2, 5, log);
    log.gate = 1;
    expect(outbox.takeLead(log)).toBe(null);
    expect(outbox.awaited).toBe(2);
    log.gate = 3;
    expect(take(outbox, log)).toBe("");
    expect(outbox.takeLead(log)?.toString()).toBe("snap");
    expect(outbox.takeLead(log)?.toString()).toBe("shot");
    expect(take(outbox, log)).toBe("three");
    expect(outbox.isEmpty).toBe(true);
  });

  it("stream has no place for a reply", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.beginStream([], NOTHING);
    outbox.append(NOTHING, Buffer.from("PING"), 0, 4, log);
    expect(outbox.isStray).toBe(false);
    reply(outbox, "+OK", NOTHING, log);
    expect(outbox.isStray).toBe(true);
  });
});

describe("while a command is left in the middle of its reply", () => {
  it("what stands in front of it leaves, once, as far as the gate is open", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.forgetUnits(true);
    reply(outbox, "+one", NOTHING, log);
    log.end = 1;
    reply(outbox, "+two", 1, log);
    outbox.open();
    outbox.writer.raw("+thr");
    expect(outbox.isInMidst).toBe(true);
    expect(early(outbox, log)).toEqual(["+one", 1]);
    expect(early(outbox, log)).toBe(null);
    log.gate = 1;
    expect(early(outbox, log)).toEqual(["+two", 1]);
    outbox.writer.raw("ee");
    log.end = 2;
    outbox.close(2, log);
    expect(take(outbox, log)).toBe("");
    log.gate = 2;
    expect(take(outbox, log)).toBe("+three");
  });

  it("a reply of no data stands behind what it has pushed", () => {
    const log = new Log();
    const outbox = new Outbox();
    outbox.push(RUNNING, (writer) => writer.raw(">one"), log);
    outbox.open();
    outbox.writer.raw("-BUSY");
    outbox.close(BEHIND, log);
    expect(outbox.isInMidst).toBe(true);
    log.end = 1;
    outbox.settle(log);
    expect(take(outbox, log)).toBe("");
    log.gate = 1;
    expect(take(outbox, log)).toBe(">one-BUSY");
    outbox.open();
    outbox.writer.ok();
    expect(() => outbox.close(BEHIND, log)).toThrow("is not settled");
  });
});

it("lets nothing leave of a log that has failed", () => {
  const log = new Log();
  const outbox = new Outbox();
  reply(outbox, "+OK", NOTHING, log);
  log.isUp = false;
  expect(take(outbox, log)).toBe("");
});

it("waits for nothing when the log is gone", () => {
  const log = new Log();
  const outbox = new Outbox();
  log.end = 1;
  reply(outbox, "+OK", 1, log);
  expect(take(outbox, log)).toBe("");
  outbox.forgetUnits(false);
  expect(take(outbox, log)).toBe("+OK");
});

it("counts for a trace which items have left", () => {
  const log = new Log();
  const outbox = new Outbox();
  outbox.forgetUnits(true);
  reply(outbox, "+one", NOTHING, log);
  reply(outbox, "", NOTHING, log);
  outbox.push(NOTHING, (writer) => writer.raw(">two"), log);
  reply(outbox, "+three", NOTHING, log);
  expect(outbox.takeUntold()).toBe(1);
  expect(outbox.sent(5, true)).toBe(1);
  expect(outbox.sent(outbox.length, true)).toBe(2);
});

// ---- By chance, against a list of items

interface Item {
  readonly text: string;
  /** RUNNING until it is settled. */
  unit: number;
}

type Input =
  | {
      readonly do: "request";
      readonly writes: boolean;
      readonly asks: boolean;
      readonly said: string;
    }
  | { readonly do: "push"; readonly during: boolean; readonly unit: number }
  | { readonly do: "write" | "sync" | "flush" };

const input: fc.Arbitrary<Input> = fc.oneof(
  fc.record({
    do: fc.constant("request" as const),
    writes: fc.boolean(),
    asks: fc.boolean(),
    said: fc.constantFrom("", "pushes", "muted", "muted, pushes"),
  }),
  fc.record({
    do: fc.constant("push" as const),
    during: fc.boolean(),
    unit: fc.constantFrom(NOTHING, RUNNING),
  }),
  fc.record({ do: fc.constantFrom("write" as const, "sync" as const, "flush" as const) }),
);

/** The outbox as a list of items, each with its unit. */
class Plainly {
  items: Item[] = [];

  settle(end: number): void {
    for (const item of this.items) if (item.unit === RUNNING) item.unit = end;
  }

  /** The items in front of the first that the gate has not reached. */
  leave(gate: number): string {
    const first = this.items.findIndex(({ unit }) => unit > gate);
    const count = first < 0 ? this.items.length : first;
    return this.items.splice(0, count).reduce((all, { text }) => all + text, "");
  }
}

it("sends what a list of items with their units would send", () => {
  const property = fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
    const log = new Log();
    const outbox = new Outbox();
    const plainly = new Plainly();
    let number = 0;
    for (const step of inputs) {
      const text = `<${number++}>`;
      switch (step.do) {
        case "request": {
          outbox.open();
          outbox.writer.raw(text);
          if (step.said.includes("muted")) outbox.writer.truncate(outbox.length - text.length);
          else plainly.items.push({ text, unit: step.asks ? NOTHING : RUNNING });
          if (step.said.includes("pushes")) {
            const unit = step.writes ? RUNNING : NOTHING;
            outbox.push(unit, (writer) => writer.raw(`${text}!`), log);
            plainly.items.push({ text: `${text}!`, unit });
          }
          if (step.writes) log.end++;
          plainly.settle(log.end);
          outbox.close(step.asks ? NOTHING : log.end, log);
          break;
        }
        case "push":
          outbox.push(step.unit, (writer) => writer.raw(text), log);
          plainly.items.push({ text, unit: step.unit });
          // Another connection's command may run, and journal something.
          if (step.during) log.end++;
          outbox.settle(log);
          plainly.settle(log.end);
          break;
        case "write":
          log.write();
          break;
        case "sync":
          log.sync();
          break;
        case "flush":
          expect(take(outbox, log)).toBe(plainly.leave(log.gate));
      }
      outbox.verifyInvariants();
    }
    log.write();
    log.sync();
    expect(take(outbox, log)).toBe(plainly.leave(log.gate));
    expect(outbox.isEmpty).toBe(true);
  });
  fc.assert(property, { numRuns: 500 });
});
