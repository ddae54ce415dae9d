/** The comparison itself: worlds that misbehave in one way each, and what must be said of them. */
import { describe, expect, it } from "vitest";
import type { Session } from "../../impl/session/session.ts";
import { lineText } from "../../testing/wire/request.ts";
import type { Sequence, Step } from "../generators/step.ts";
import { type Divergence, newTally, runLockstep } from "./lockstep.ts";
import { type Sent, World } from "./world.ts";

const SEED = 1;

/** A step of connection 0; words are separated by spaces. */
function command(line: string): Step {
  const args = line.split(" ");
  return { _tag: "Command", connection: 0, invocation: { name: args[0]!, options: [], args } };
}

function steps(...lines: readonly string[]): Sequence {
  return { protocols: [2], steps: lines.map(command) };
}

/** Index of the step at which the misbehaving worlds below misbehave. */
const AT = 2;
const sequence = steps("SET a 1", "SET b 2 PXAT 1700000009000", "GET a", "GET b");

/** A world that does something wrong to each reply of `GET a`. */
class WrongWorld extends World {
  readonly #spoil: (world: World, session: Session, sent: Sent) => Sent;

  constructor(spoil: (world: World, session: Session, sent: Sent) => Sent) {
    super(SEED);
    this.#spoil = spoil;
  }

  override send(session: Session, args: readonly string[]): Sent {
    const sent = super.send(session, args);
    return args.join(" ") === "GET a" ? this.#spoil(this, session, sent) : sent;
  }
}

/** What the comparison says when the world does this at the third step, and nothing in its reply. */
function verdictOn(spoil: (world: World, session: Session) => void): Divergence | null {
  const world = new WrongWorld((spoilt, session, sent) => {
    spoil(spoilt, session);
    return sent;
  });
  return runLockstep(sequence, SEED, newTally(), world);
}

/** The same for a world that sends something else. */
function verdictOnReply(change: (sent: Sent) => Partial<Sent>): Divergence | null {
  const world = new WrongWorld((_world, _session, sent) => ({ ...sent, ...change(sent) }));
  return runLockstep(sequence, SEED, newTally(), world);
}

/** Runs a command behind the back of the comparison. */
function secretly(world: World, session: Session, line: string): void {
  World.prototype.send.call(world, session, line.split(" "));
}

/** The same without its effects. */
function secretlyWithoutEffects(world: World, session: Session, line: string): void {
  secretly(world, session, line);
  world.journal.take();
}

function append(world: World, ...lines: readonly string[]): void {
  const buffer = Buffer.from(lines.map(lineText).join(""), "latin1");
  world.journal.append(buffer, 0, buffer.length);
}

it("agrees with an honest world, and counts what it has seen", () => {
  const tally = newTally();
  expect(runLockstep(sequence, SEED, tally)).toBeNull();
  expect(tally.steps).toBe(4);
  expect(tally.effects).toBe(2);
  expect(tally.replies.get("GET Bulk")).toBe(2);
});

it("agrees when a connection closes and another is opened in its place", () => {
  expect(runLockstep(steps("QUIT", "GET a"), SEED, newTally())).toBeNull();
});

describe("the reply", () => {
  it.each<[string, (sent: Sent) => Partial<Sent>]>([
    ["other bytes", () => ({ reply: "$1\r\n2\r\n" })],
    ["another protocol's bytes", () => ({ reply: "_\r\n" })],
    ["a second reply", ({ reply }) => ({ reply: `${reply}+OK\r\n` })],
    ["a connection that closes", () => ({ closed: true })],
  ])("%s", (_, change) => {
    expect(verdictOnReply(change)).toMatchObject({ at: AT, kind: "reply" });
  });

  it("none at all", () => {
    expect(verdictOnReply(() => ({ reply: "" }))).toMatchObject({ at: AT });
  });
});

describe("the state", () => {
  it.each<[string, string, (world: World, session: Session) => void]>([
    ["a lost key", 'database 0 key "a"', (w, s) => secretlyWithoutEffects(w, s, "DEL a")],
    ["a key too many", 'database 0 key "c"', (w, s) => secretlyWithoutEffects(w, s, "SET c 1")],
    ["another value", 'database 0 key "a"', (w, s) => secretlyWithoutEffects(w, s, "SET a 3")],
    [
      "another encoding",
      'database 0 key "a"',
      (w, s) => secretlyWithoutEffects(w, s, "SETRANGE a 0 1"),
    ],
    ["another expiry", 'database 0 key "b"', (w, s) => secretlyWithoutEffects(w, s, "PERSIST b")],
    ["another database", "session", (w, s) => secretly(w, s, "SELECT 1")],
    ["a transaction", "session", (w, s) => secretly(w, s, "MULTI")],
    ["a watched key", "session", (w, s) => secretly(w, s, "WATCH a")],
    ["a name", "session", (w, s) => secretly(w, s, "CLIENT SETNAME x")],
    ["silence", "session", (w, s) => secretly(w, s, "CLIENT REPLY OFF")],
    ["a directive", "configuration", (w, s) => secretly(w, s, "CONFIG SET proto-max-bulk-len 2mb")],
    ["a session too many", "number of sessions", (w) => w.connect()],
  ])("%s", (_, where, spoil) => {
    const divergence = verdictOn(spoil);
    expect(divergence).toMatchObject({ at: AT, kind: "state" });
    expect(divergence?.where).toContain(where);
  });

  it("a queue with another command", () => {
    const world = new WrongWorld((_world, session, sent) => {
      session.queue?.pop();
      return sent;
    });
    const divergence = runLockstep(steps("MULTI", "GET a", "EXEC"), SEED, newTally(), world);
    expect(divergence).toMatchObject({ at: 1, kind: "state" });
  });
});

describe("the effects", () => {
  it("lost", () => {
    const world = new (class extends World {
      override send(session: Session, args: readonly string[]): Sent {
        const sent = super.send(session, args);
        this.journal.take();
        return sent;
      }
    })(SEED);
    expect(runLockstep(sequence, SEED, newTally(), world)).toMatchObject({
      at: 0,
      kind: "effects",
    });
  });

  it.each([
    ["of a change that never was", ["SET a 3"]],
    ["that deletes too much", ["DEL a"]],
    ["in another database", ["SELECT 1", "SET a 1"]],
    ["with another expiry", ["PEXPIREAT a 1700000009000"]],
  ])("%s", (_, lines) => {
    const divergence = verdictOn((world) => append(world, ...lines));
    expect(divergence).toMatchObject({ at: AT, kind: "effects" });
  });

  it.each([
    ["that are refused", ["SET a"], "is refused"],
    ["that count from now", ["SET a 1 EX 0"], "is refused"],
    ["that can be torn apart", ["SET a 1", "SET a 1"], "is divisible"],
    ["that are nothing", ["SELECT 0"], "is divisible"],
  ])("%s", (_, lines, message) => {
    const divergence = verdictOn((world) => append(world, ...lines));
    expect(divergence).toMatchObject({ at: AT, kind: "invariant" });
    expect(divergence?.actual).toContain(message);
  });

  it("whose lifetime begins when they are replayed", () => {
    const world = new (class extends World {
      override send(session: Session, args: readonly string[]): Sent {
        const sent = super.send(session, args);
        this.journal.take();
        append(this, args.join(" "));
        return sent;
      }
    })(SEED);
    const divergence = runLockstep(steps("SET a 1 EX 10"), SEED, newTally(), world);
    expect(divergence).toMatchObject({ at: 0, kind: "effects" });
  });
});

it("notices a broken invariant", () => {
  const divergence = verdictOn(({ instance }) => {
    instance.verifyInvariants = () => {
      throw new Error("broken on purpose");
    };
  });
  expect(divergence).toMatchObject({ at: AT, kind: "invariant" });
  expect(divergence?.actual).toContain("broken on purpose");
});

describe("what other sessions are given", () => {
  /** Connection 1 listens, and connection 0 publishes; nothing else. */
  const heard: Sequence = {
    protocols: [2, 3],
    steps: [
      { ...command("SUBSCRIBE c"), connection: 1 } as Step,
      command("GET a"),
      command("PUBLISH c x"),
    ],
  };

  function verdictOnMessages(change: (text: string) => string | null): Divergence | null {
    const world = new (class extends World {
      override send(session: Session, args: readonly string[]): Sent {
        const sent = super.send(session, args);
        const messages = [...sent.messages].flatMap(([id, text]) => {
          const changed = change(text);
          return changed === null ? [] : [[id, changed] as const];
        });
        return { ...sent, messages: new Map(messages) };
      }
    })(SEED);
    return runLockstep(heard, SEED, newTally(), world);
  }

  it.each<[string, (text: string) => string | null]>([
    ["something else", (text) => text.replace("x", "y")],
    ["nothing", () => null],
    ["it twice", (text) => text + text],
  ])("%s", (_, change) => {
    expect(verdictOnMessages((text) => text)).toBeNull();
    expect(verdictOnMessages(change)).toMatchObject({ kind: "reply", where: "(message)" });
  });
});
