/**
 * The production log in a small world of its own, in lockstep with the model of the log: a data set
 * of units, clients whose replies wait behind the gate, and a disk that forgets.
 *
 * What the log says to its trace are the model's steps; requests, replies and the ends of processes
 * are steps that the world takes for both. After every input the abstraction of the production
 * state must be the model's state.
 */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { ReplyMarks } from "../../impl/gate/reply-marks.ts";
import { Ballast } from "../../impl/log/ballast.ts";
import { Refusal } from "../../impl/log/failure.ts";
import { LogCore } from "../../impl/log/log-core.ts";
import { LogDirectory } from "../../impl/log/log-directory.ts";
import { Recovery } from "../../impl/log/recovery.ts";
import type { Trace, TraceFields } from "../../impl/ports/trace.ts";
import * as model from "../../model/log/actions.ts";
import { initial, type Policy, type Reply, type State, type Unit } from "../../model/log/state.ts";
import { VirtualClock } from "../../testing/clock.ts";
import { type Content, MemoryDisk, ProcessEnds } from "../../testing/disk.ts";
import { requestText } from "../../testing/wire/request.ts";
import {
  abstractLog,
  comparable,
  type FileView,
  nameOf,
  readIncrement,
  unitsOf,
} from "../abstraction/log.ts";

/** The clients' connections. */
export const CONNECTIONS = ["a", "b"] as const;
/** One of the clients' connections. */
export type Connection = (typeof CONNECTIONS)[number];

/** everysec holds back after so many milliseconds; how the policy is stated, not how it is built. */
const HOLD_AGE_MS = 2000;
/** Time does not begin at zero, which could pass for no time. */
const START_MS = 5000;
const PLACE = { parent: "/data", directory: "aof", fileName: "log", snapshot: "dump.rdb" };
const DIRECTORY = "/data/aof";
const LOCK = `${DIRECTORY}/log.lock`;
const MANIFEST = `${DIRECTORY}/log.manifest`;
const BALLAST_BYTES = 300;
/** Recovery reads and copies in small pieces, so that it can be interrupted between them. */
const RECOVERY_STEP_BYTES = 60;
/** What a reply is long, in bytes: any number will do. */
const REPLY_BYTES = 5;
const EFFECT_BYTES = 256;

/** The model cannot do what the production log has done, or is in another state. */
export class Disagreement extends Error {
  readonly where: string;
  readonly expected: string;
  readonly actual: string;

  constructor(where: string, expected: string, actual: string) {
    super(where);
    this.where = where;
    this.expected = expected;
    this.actual = actual;
  }
}

/** How a process is ended from outside. */
export interface End {
  readonly how: "kill" | "power";
  /** How much of what is unsynced a loss of power leaves, 0 to 1. */
  readonly share: number;
}

class Client {
  readonly marks = new ReplyMarks();
  owed: Reply[] = [];
  answered = 0;
}

type Step = (state: State, fields: TraceFields, drops: boolean) => State | null;

/** The steps that the log itself takes. `drops`: its file has lost pages. */
const STEPS = new Map<string, Step>([
  ["Write", (state) => model.Write(state, HOLD_AGE_MS)],
  ["WriteRefused", model.WriteRefused],
  ["ShortWrite", model.ShortWrite],
  ["CutTail", model.CutTail],
  ["Reopen", model.Reopen],
  ["Heal", model.Heal],
  ["FsyncBegin", model.FsyncBegin],
  ["FsyncOk", (state) => model.FsyncOk(state, HOLD_AGE_MS)],
  ["FsyncFail", (state, _, drops) => model.FsyncFail(state, drops)],
  ["Tick", (state, fields) => model.Tick(state, Number(fields["nowMs"]))],
  ["Close", model.Close],
  ["Kill", model.Kill],
  ["Stop", model.Stop],
  ["RecoverBegin", model.RecoverBegin],
  ["RecoverRewrite", model.RecoverRewrite],
  ["Serve", model.Serve],
]);

/** What a step says it has chosen, and where it stands in the model then. */
const CHOSEN = new Map<string, readonly [string, (state: State) => number]>([
  ["Write", ["to", ({ written }) => written]],
  ["FsyncBegin", ["to", ({ syncing }) => syncing]],
  ["RecoverBegin", ["end", ({ log }) => log.length]],
  ["Serve", ["end", ({ gate }) => gate]],
]);

/** The world. */
export class LogWorld implements Trace {
  readonly enabled = true;
  readonly disk = new MemoryDisk();
  /** How often each action of the specification was taken. */
  readonly taken: Map<string, number>;
  model: State;
  #core: LogCore | null = null;
  #status: State["status"] = "down";
  #run = 0;
  #data: Unit[] = [];
  #clients = new Map<string, Client>();
  readonly #clock = new VirtualClock();
  #acked: readonly Unit[] = [];
  #shown: readonly Unit[] = [];
  #isClosing = false;
  readonly #policy: Policy;

  constructor(policy: Policy, taken: Map<string, number>) {
    this.#policy = policy;
    this.taken = taken;
    this.#clock.advance(START_MS);
    this.model = initial(policy, CONNECTIONS);
    this.#forgetProcess();
  }

  /** The log is open, and no clean stop has begun: requests may run. */
  get isServing(): boolean {
    return this.#status === "up" && !this.#isClosing;
  }

  get status(): State["status"] {
    return this.#status;
  }

  get isFull(): boolean {
    return this.#core !== null && this.#core.fullReason !== null;
  }

  // ---- Requests

  /** A write of one unit; refused while the disk is full. */
  write(connection: Connection, isTransaction: boolean): void {
    if (this.isFull) {
      this.ask(connection);
      return;
    }
    this.#execute(isTransaction);
    this.#take("Append", (state) => model.Append(state, connection));
    this.#owe(connection, "write");
  }

  read(connection: Connection): void {
    this.#take("Read", (state) => model.Read(state, connection));
    this.#owe(connection, "read");
  }

  ask(connection: Connection): void {
    this.#take("Ask", (state) => model.Ask(state, connection));
    this.#owe(connection, "ask");
  }

  expire(): void {
    this.#execute(false);
    this.#take("Expire", model.Expire);
  }

  disconnect(connection: Connection): void {
    this.#clients.set(connection, new Client());
    this.#take("Disconnect", (state) => model.Disconnect(state, connection));
  }

  #execute(isTransaction: boolean): void {
    const unit = { run: this.#run, lsn: this.#data.length + 1 };
    this.#data.push(unit);
    const set = requestText("SET", "k", nameOf(unit));
    const text = isTransaction
      ? `${requestText("MULTI")}${set}${requestText("DEL", "x")}${requestText("EXEC")}`
      : set;
    // The bytes are valid only during the call.
    const bytes = Buffer.alloc(EFFECT_BYTES, "?");
    this.#core!.append(bytes, 0, bytes.write(text, "latin1"), false);
    bytes.fill("!");
  }

  #owe(connection: Connection, kind: Reply["kind"]): void {
    const client = this.#clients.get(connection)!;
    const core = this.#core!;
    const saw = kind === "ask" ? 0 : core.end;
    client.marks.add(client.owed.length * REPLY_BYTES, saw, core.gate, core.written);
    client.owed.push({ n: client.answered + client.owed.length + 1, kind, saw });
  }

  // ---- The shell

  /** A loop turn ends. */
  flush(): void {
    this.#core!.flush();
    this.#sendReplies();
  }

  /** Time passes, and then a loop turn begins, or the timer of the log fires. */
  pass(ms: number, isTick: boolean): void {
    this.#clock.advance(ms);
    if (!isTick) {
      this.#core!.beginTurn();
      return;
    }
    this.#core!.tick();
    this.#sendReplies();
  }

  /** Begins a clean stop. */
  close(): void {
    this.#isClosing = true;
    this.#core!.close((error) => {
      this.#forgetProcess();
      if (error === null || this.model.status !== "poisoned") return;
      this.#take("Stop", model.Stop);
    });
  }

  /** A poisoned process stops. */
  stop(): void {
    this.#forgetProcess();
    this.#take("Stop", model.Stop);
  }

  /** A process starts and recovers. False when its recovery failed. */
  recover(): boolean {
    this.#data = [];
    const outcome = this.#recovered();
    if (outcome.kind === "refused") {
      this.#forgetProcess();
      const isLocked = outcome.failure.kind === "locked";
      const mayStart = this.model.holder === "nobody";
      if (isLocked && mayStart) throw new Disagreement("start", "takes the directory", "refused");
      return false;
    }
    const ballast = new Ballast(this.disk, `${DIRECTORY}/log.ballast`, BALLAST_BYTES);
    ballast.restore();
    this.#core = new LogCore({
      file: outcome.log.file,
      policy: this.#policy,
      clock: this.#clock,
      trace: this,
      events: {
        gateMoved: () => this.#sendReplies(),
        poisoned: () => {
          this.#status = "poisoned";
        },
        full: () => {},
        displaced: () => {},
      },
      ballast,
      displaced: () => null,
      nextLsn: outcome.log.nextLsn,
      closedBytes: outcome.log.closedBytes,
      term: 0,
    });
    return true;
  }

  /** Another server that was told to use the directory starts, or ends. */
  other(): void {
    this.disk.user = "other";
    if (this.disk.locks.get(LOCK) === "other") {
      this.disk.processGone();
      this.#take("OtherLeaves", model.OtherLeaves);
    } else if (this.#isTakenByOther()) this.#take("OtherTakes", model.OtherTakes);
    else if (this.model.holder === "nobody") {
      throw new Disagreement("other server", "takes the directory", "refused");
    }
    this.disk.user = "server";
  }

  #isTakenByOther(): boolean {
    try {
      new LogDirectory(this.disk, PLACE).lock();
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.failure.kind === "locked") return false;
      throw error;
    }
  }

  #recovered() {
    const recovery = new Recovery({
      disk: this.disk,
      place: PLACE,
      target: {
        beginFile: () => {},
        expect: () => {},
        execute: (request) => {
          const words = Array.from({ length: request.argc }, (_, i) => request.text(i));
          this.#data.push(...unitsOf(words.join(" ")));
          return null;
        },
      },
      trace: this,
      loadsTruncated: true,
      report: () => {},
    });
    for (;;) {
      const outcome = recovery.step(RECOVERY_STEP_BYTES);
      recovery.verifyInvariants();
      if (outcome !== null) return outcome;
    }
  }

  #sendReplies(): void {
    const core = this.#core!;
    if (!core.isUp) return;
    for (const [connection, client] of this.#clients) {
      const passable = client.marks.passable(core.gate, client.owed.length * REPLY_BYTES);
      client.marks.sent(passable);
      for (let sent = 0; sent < passable; sent += REPLY_BYTES) {
        const { kind, saw } = client.owed.shift()!;
        client.answered++;
        if (kind === "write") this.#acked = added(this.#acked, [this.#data[saw - 1]!]);
        if (kind === "read") this.#shown = added(this.#shown, this.#data.slice(0, saw));
        this.#take("Reply", (state) => model.Reply(state, connection));
      }
      client.marks.verifyInvariants(client.owed.length * REPLY_BYTES);
      if (model.Reply(this.model, connection) === null) continue;
      throw new Disagreement("replies", "the gate has passed it", `${connection} still waits`);
    }
  }

  // ---- Ends

  /** The process ends, or the whole machine with it. */
  end({ how, share }: End): void {
    this.#forgetProcess();
    if (how === "kill") {
      this.#ended();
      return;
    }
    this.disk.losePower(share);
    const left = readIncrement(this.#increment(this.disk.files)?.bytes ?? NOTHING);
    const kept = left.units.length;
    const remains = { kept, line: left.closedAt === kept, torn: left.isTorn };
    this.#take("PowerLoss", (state) => model.PowerLoss(state, remains, HOLD_AGE_MS));
    // The policy concedes what the model has taken from the clients.
    this.#acked = this.#acked.filter((unit) => isIn(this.model.acked, unit));
    this.#shown = this.#shown.filter((unit) => isIn(this.model.shown, unit));
  }

  #ended(): void {
    if (this.model.status === "poisoned") this.#take("Stop", model.Stop);
    else this.#take("Kill", model.Kill);
  }

  #forgetProcess(): void {
    this.disk.processGone();
    this.#core = null;
    this.#status = "down";
    this.#data = [];
    this.#isClosing = false;
    this.#clients = new Map(CONNECTIONS.map((connection) => [connection, new Client()]));
  }

  // ---- The steps of the log

  step(spec: string, action: string, fields: TraceFields): void {
    assert.equal(spec, "log");
    if (action === "RecoverBegin") this.#status = "recovering";
    if (action === "Serve") {
      this.#status = "up";
      this.#run++;
    }
    const next = STEPS.get(action);
    if (next === undefined) {
      throw new Disagreement("steps", "an action of the log itself", action);
    }
    const drops = this.#increment(this.disk.lastingNames)?.isHoled === true;
    this.#take(action, (state) => next(state, fields, drops));
    const chosen = CHOSEN.get(action);
    if (chosen === undefined) return;
    const [field, value] = chosen;
    const expected = value(this.model);
    if (fields[field] === expected) return;
    throw new Disagreement(`${action}: ${field}`, String(expected), String(fields[field]));
  }

  #take(action: string, next: (state: State) => State | null): void {
    const state = next(this.model);
    if (state === null) {
      throw new Disagreement(`action ${action}`, "not enabled", `taken in ${show(this.model)}`);
    }
    this.model = state;
    this.taken.set(action, (this.taken.get(action) ?? 0) + 1);
  }

  // ---- Comparison

  /** Runs an input; when it is cut off by the end of the process, ends the process. */
  run(input: () => void, end: End): void {
    try {
      input();
    } catch (error) {
      if (!(error instanceof ProcessEnds)) throw error;
      this.disk.user = "server";
      this.end(end);
    }
    this.disk.callsLeft = null;
    this.compare();
  }

  /** Throws unless the production state means the model's. */
  compare(): void {
    this.#core?.verifyInvariants();
    const expected = sorted(comparable(this.model));
    const actual = sorted(abstractLog(this.#view()));
    for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
      if (isDeepStrictEqual(expected[name], actual[name])) continue;
      throw new Disagreement(`variable ${name}`, show(expected[name]), show(actual[name]));
    }
    const visible = this.#increment(this.disk.files);
    const units = visible === null ? [] : readIncrement(visible.bytes).units;
    const read = this.model.file.filter(({ run }) => run > 0);
    if (!isDeepStrictEqual(units, read)) {
      throw new Disagreement("file that a start would read", show(read), show(units));
    }
  }

  #view() {
    const clients = [...this.#clients];
    return {
      policy: this.#policy,
      status: this.#status,
      run: this.#run,
      core: this.#core,
      data: this.#data,
      queue: Object.fromEntries(clients.map(([name, { owed }]) => [name, owed])),
      answered: Object.fromEntries(clients.map(([name, { answered }]) => [name, answered])),
      file: this.#fileView(),
      holder: this.disk.locks.get(LOCK) ?? "nobody",
      acked: this.#acked,
      shown: this.#shown,
    };
  }

  #fileView(): FileView | null {
    const content = this.#increment(this.disk.lastingNames);
    if (content === null) return null;
    const { bytes, lasting, isHoled } = content;
    return { bytes, lasting, isHoled };
  }

  /** The increment that a manifest names, by the names given. */
  #increment(names: ReadonlyMap<string, Content>): Content | null {
    const manifest = names.get(MANIFEST)?.bytes.toString("latin1") ?? "";
    const name = /^file (\S+) seq \d+ type i$/m.exec(manifest)?.[1];
    return name === undefined ? null : names.get(`${DIRECTORY}/${name}`)!;
  }
}

const NOTHING = new Uint8Array(0);

function isIn(units: readonly Unit[], { run, lsn }: Unit): boolean {
  return units.some((unit) => unit.run === run && unit.lsn === lsn);
}

function added(units: readonly Unit[], more: readonly Unit[]): readonly Unit[] {
  return [...units, ...more.filter((unit) => !isIn(units, unit))];
}

/** Sets in one order, so that they can be compared. */
function sorted<T extends { readonly acked: readonly Unit[]; readonly shown: readonly Unit[] }>(
  state: T,
): T {
  const inOrder = (units: readonly Unit[]): Unit[] =>
    units.toSorted((one, other) => one.run - other.run || one.lsn - other.lsn);
  return { ...state, acked: inOrder(state.acked), shown: inOrder(state.shown) };
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
