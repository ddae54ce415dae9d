/** Runs one sequence against the real server and the model, and says where they differ. */

import { setTimeout as sleep } from "node:timers/promises";
import { encodeRequest } from "../../testing/wire/request.ts";
import { hidesDraw } from "../draws.ts";
import { isTimed, isTimedThroughout } from "../generators/commands.ts";
import { type Invocation, resolveArgs, type Sequence, type Step } from "../generators/step.ts";
import { broughtBy } from "../generators/waiting.ts";
import { actorOf, countedAs, leavesOrderOpen, mayWait, waitsShortly } from "../waiting.ts";
import { type Arrived, arrived, type Expected, expectedBy, misfit, pairsOf } from "./arrivals.ts";
import {
  distinct,
  expiresSoon,
  expiryMoments,
  MAX_CANDIDATES,
  milliseconds,
} from "./candidates.ts";
import type { Connection, Connections } from "./connections.ts";
import { type Coverage, replyKind } from "./coverage.ts";
import {
  END_BY_TIME,
  type ExceptionLog,
  freeParts,
  IN_THE_MIDDLE,
  SILENT_END,
} from "./exceptions.ts";
import { pipeline, readKeyspace } from "./keyspace.ts";
import { compareKeyspace } from "./keyspace-differences.ts";
import * as model from "./model.ts";
import { showExpected, showReply } from "./print.ts";
import { readsErrno } from "./sorting.ts";
import { splitArray } from "./split.ts";

/** How a run of a sequence ended. */
export type Outcome =
  | { readonly _tag: "Agreed"; readonly commands: number }
  /** The clock moved on too far during a command for the model to follow: run it again. */
  | { readonly _tag: "Unclear" }
  | {
      readonly _tag: "Differs";
      readonly commands: number;
      /** Where the two sides differ: at a step, or in the keyspace at the end. */
      readonly at: Place;
      readonly expected: string;
      readonly actual: string;
    };

/** A step by its index, the HELLO that opens a RESP3 connection, or the end. */
export type Place = number | "handshake" | "end";

/** Longest time to wait for a reply that may never come. */
const REPLY_TIMEOUT_MS = 1_000;
/** Commands sent at once. */
const MAX_GROUP = 64;
/** A wait whose end nobody hears of is over by then. */
const OVER_MS = 50;
/** A key that expires this soon makes every command depend on the time. */
const SOON_MS = 100;

/** Commands of which the model may say that nothing that Redis answers means anything. */
const MAY_BE_BEYOND_REDIS: ReadonlySet<string> = new Set(["PFADD", "SORT", "EXEC"]);

/** Directives that sequences change, with the values that every sequence starts from. */
const DEFAULTS = [
  "requirepass",
  "",
  "maxmemory",
  "0",
  "maxmemory-policy",
  "noeviction",
  "proto-max-bulk-len",
  "512mb",
  "stream-node-max-bytes",
  "4096",
  "stream-node-max-entries",
  "100",
];

/** The user of the connection on which state is reset and inspected. */
const ORACLE = "oracle";

/** That user may do what the default one may at first. */
function withOracle(state: model.State): model.State {
  return { ...state, users: new Map(state.users).set(ORACLE, state.users.get("default")!) };
}

/** The users that a reply to ACL USERS names, but for the one who stays. */
function othersThanDefault(reply: string): ReadonlyArray<string> {
  const users = model.decode(reply).reply;
  if (users._tag !== "Array") throw new Error("the users are not a list");
  const names = users.items.map((item) => (item._tag === "Bulk" ? item.bytes : ""));
  return names.filter((name) => name !== "default" && name !== ORACLE);
}

class Difference extends Error {
  readonly at: Place;
  readonly expected: string;
  readonly actual: string;
  constructor(at: Place, expected: string, actual: string) {
    super("difference");
    this.at = at;
    this.expected = expected;
    this.actual = actual;
  }
}

class UnclearClock extends Error {}

interface Sent {
  readonly at: Place;
  readonly invocation: Invocation;
  readonly args: ReadonlyArray<string>;
}

/** What is needed besides the sequence. */
export interface Bench {
  readonly connections: Pick<
    Connections,
    "control" | "connect" | "barrier" | "forgetErrno" | "pauseIsOver" | "spared"
  >;
  readonly coverage: Coverage;
  readonly exceptions: ExceptionLog;
}

/** Runs the sequence from an empty keyspace; leaves the server as it found it. */
export async function runSequence(bench: Bench, sequence: Sequence): Promise<Outcome> {
  const run = new Run(bench, sequence);
  try {
    await run.all();
    return { _tag: "Agreed", commands: run.commands };
  } catch (error) {
    if (error instanceof UnclearClock) return { _tag: "Unclear" };
    if (!(error instanceof Difference)) throw error;
    if (run.isBlurred) return { _tag: "Unclear" };
    const { at, expected, actual } = error;
    return { _tag: "Differs", commands: run.commands, at, expected, actual };
  } finally {
    await run.reset();
  }
}

class Run {
  readonly #bench: Bench;
  readonly #sequence: Sequence;
  #states: ReadonlyArray<model.State> = [withOracle(model.initial({ enableDebugCommand: true }))];
  /** Undefined where the connection is closed and not yet opened again. */
  readonly #open: Array<Connection | undefined>;
  /** Per connection: commands queued in its transaction, for the coverage of EXEC's replies. */
  readonly #queued: Array<Array<Invocation>>;
  /** Per connection: the command with which it waits. */
  readonly #waiting: Array<Invocation | undefined>;
  commands = 0;
  /** A command may have read the clock on both sides of a tick, which the model does not follow. */
  isBlurred = false;

  constructor(bench: Bench, sequence: Sequence) {
    this.#bench = bench;
    this.#sequence = sequence;
    this.#open = sequence.protocols.map(() => undefined);
    this.#queued = sequence.protocols.map(() => []);
    this.#waiting = sequence.protocols.map(() => undefined);
  }

  async all(): Promise<void> {
    for (const at of this.#sequence.protocols.keys()) await this.#connection(at);
    const { steps } = this.#sequence;
    let at = 0;
    while (at < steps.length) at = await this.#next(steps, at);
    await this.#compareKeyspaces();
    for (const connection of this.#open) this.#expectSilence(connection, "end");
  }

  /** Ends every connection and empties the server. */
  async reset(): Promise<void> {
    for (const connection of this.#open) connection?.client.close();
    const { control } = this.#bench.connections;
    const [users = ""] = await pipeline(control, [["ACL", "USERS"]]);
    await pipeline(control, [
      ...othersThanDefault(users).map((name) => ["ACL", "DELUSER", name]),
      ["ACL", "SETUSER", "default", "resetpass", "nopass", "on"],
      ["ACL", "LOG", "RESET"],
      ["SLOWLOG", "RESET"],
      ["CLIENT", "KILL", "TYPE", "normal"],
      ["CLIENT", "KILL", "TYPE", "pubsub"],
      ["CONFIG", "SET", ...DEFAULTS],
      ["FLUSHALL"],
      ["SCRIPT", "FLUSH"],
      ["FUNCTION", "FLUSH"],
    ]);
  }

  /** Runs the step at that index, or a group of commands from there on; returns the next index. */
  async #next(steps: ReadonlyArray<Step>, at: number): Promise<number> {
    const step = steps[at]!;
    if (step._tag === "Wait") {
      await sleep(step.ms);
      return at + 1;
    }
    if (step._tag === "Disconnect") {
      await this.#leave(step.connection);
      return at + 1;
    }
    const actor = await this.#actor(step.connection);
    const connection = await this.#connection(actor);
    const { name } = step.invocation;
    const session = this.#states[0]!.sessions.get(connection.id)!;
    const hides = hidesDraw(session, this.#resolved(step.invocation));
    if (hides || isLeftOut(step.invocation, this.#states[0]!, connection.id)) {
      this.#bench.exceptions.add(name, ["left out"]);
      return at + 1;
    }
    if (MAY_BE_BEYOND_REDIS.has(name) && this.#isBeyondRedis(connection.id, step.invocation, at)) {
      this.#bench.exceptions.add(name === "EXEC" ? "PFADD" : name, ["left out"]);
      return at + 1;
    }
    if (this.#letsTimeEndWaits(connection.id, step.invocation, at)) {
      this.#bench.exceptions.add(END_BY_TIME, ["left out"]);
      return at + 1;
    }
    if (name === "EXEC" && this.#cutsReply(connection.id, step.invocation, at)) {
      this.#bench.exceptions.add(IN_THE_MIDDLE, ["left out"]);
      return at + 1;
    }
    if (readsErrno(name)) await this.#bench.connections.forgetErrno();
    const group = this.#group(steps, at);
    const queued = name === "EXEC" ? this.#queued[actor]! : [];
    const pauses = [step.invocation, ...queued].some((one) => one.name === "CLIENT|PAUSE");
    const send = () => this.#send(connection, actor, group);
    if (name === "CLIENT|KILL") {
      const isOfSubscribers = step.invocation.args.some((arg) => /^pubsub$/i.test(String(arg)));
      await this.#bench.connections.spared(isOfSubscribers, send);
    } else await send();
    if (pauses) await this.#bench.connections.pauseIsOver();
    return at + group.length;
  }

  /** Who takes the step. Where all wait, the one that it names goes away and comes again. */
  async #actor(connection: number): Promise<number> {
    const actor = actorOf(
      this.#states,
      connection,
      this.#open.length,
      (one) => this.#open[one]?.id,
    );
    if (actor === null) await this.#leave(connection);
    return actor ?? connection;
  }

  /** A client goes away: who waits or listens is gone before the next command. */
  async #leave(index: number): Promise<void> {
    this.#disconnect(index);
    await this.#bench.connections.barrier();
  }

  /** True when somebody would wait for the end of a key that time may bring, which Redis notices when it likes. */
  #letsTimeEndWaits(id: number, invocation: Invocation, at: number): boolean {
    if (!mayWait(invocation) && !this.#waitForEnds) return false;
    const sent = { at, invocation, args: this.#resolved(invocation) };
    return this.#predict(id, [sent], Date.now()).some(([step]) => model.mayEndByTime(step!.state));
  }

  /** Whether somebody waits whose wait ends with its key. */
  get #waitForEnds(): boolean {
    return this.#states.some(({ waiting }) => waiting.some(({ endsWithKey }) => endsWithKey));
  }

  /** True when Redis would touch memory that is not its own. */
  #isBeyondRedis(id: number, invocation: Invocation, at: number): boolean {
    const sent = { at, invocation, args: this.#resolved(invocation) };
    const runs = this.#predict(id, [sent], Date.now());
    return runs.some(([step]) => step!.replies.some(model.isBeyondRedis));
  }

  /**
   * True when the client's own messages, or several confirmations for one command, lie within
   * EXEC's reply, whose end a client cannot tell then.
   */
  #cutsReply(id: number, invocation: Invocation, at: number): boolean {
    const sent = { at, invocation, args: this.#resolved(invocation) };
    return this.#predict(id, [sent], Date.now()).some(([step]) => {
      const { replies, messages } = step!;
      if (messages.some(({ sessionId }) => sessionId === id)) return true;
      return replies.some((reply) => {
        if (reply._tag !== "Array") return false;
        const items = reply.items.reduce((sum, item) => sum + model.countOf(item), 0);
        return items !== (reply.announced ?? reply.items.length);
      });
    });
  }

  #resolved({ args }: Invocation): ReadonlyArray<string> {
    return resolveArgs(args, (other) => this.#open[other]?.id ?? 0);
  }

  /** Commands that can be sent at once: one connection's, and none that depends on the time. */
  #group(steps: ReadonlyArray<Step>, at: number): ReadonlyArray<Sent> {
    const first = steps[at]!;
    const group: Array<Sent> = [];
    const alone =
      expiresSoon(this.#states, Date.now(), SOON_MS) ||
      this.#waitForEnds ||
      this.#states.some(model.hasBroadcasts);
    for (let next = at; next < steps.length && group.length < MAX_GROUP; next++) {
      const step = steps[next]!;
      if (step._tag !== "Command" || first._tag !== "Command") break;
      if (step.connection !== first.connection) break;
      const { invocation } = step;
      const { name } = invocation;
      const args = this.#resolved(invocation);
      const closes = mayClose(name) || model.closesStrangers(args);
      const waits =
        isTimed(name) ||
        mayDraw(name) ||
        mayWait(invocation) ||
        name === "SWAPDB" ||
        MAY_BE_BEYOND_REDIS.has(name) ||
        readsErrno(name);
      const single = alone || closes || waits;
      if (single && group.length > 0) break;
      group.push({ at: next, invocation, args });
      if (single) break;
    }
    return group;
  }

  /** Sends a group and compares every reply. */
  async #send(connection: Connection, index: number, group: ReadonlyArray<Sent>): Promise<void> {
    const timed =
      group.some((sent) => isTimed(sent.invocation.name)) ||
      expiresSoon(this.#states, Date.now(), SOON_MS);
    const { runs, got } = timed
      ? await this.#exchangeTimed(connection, index, group)
      : await this.#exchange(connection, index, group);
    const given = await this.#receiveGiven(runs[0]!);
    const heard = runs.filter((run) => misfit(this.#expected(run, index), got) === undefined);
    if (heard.length === 0) throw this.#difference(group, runs[0]!, got, index);
    const fitting = heard.filter((run) => this.#firstUngiven(run, given) === undefined);
    if (fitting.length === 0) {
      const { expected, actual } = this.#firstUngiven(heard[0]!, given)!;
      throw new Difference(group.at(-1)!.at, expected, actual);
    }
    this.#states = distinct(fitting.map((run) => run.at(-1)!.state));
    if (this.#states.length > MAX_CANDIDATES) throw new UnclearClock();
    this.#count(index, group, fitting[0]!, got);
    this.#countGiven(group, fitting[0]!, given);
    // First, because a short wait may have ended already.
    if (this.#states.some((state) => model.isWaiting(state, connection.id))) {
      await this.#wait(connection, index, group.at(-1)!);
    }
    await this.#compareMessages(connection, group, fitting[0]!);
    await this.#follow(connection, index, group, fitting[0]!.at(-1)!);
  }

  /** The connection waits from now on, or until its time is soon up. */
  async #wait({ id }: Connection, index: number, { at, invocation }: Sent): Promise<void> {
    this.#waiting[index] = invocation;
    const nowMs = BigInt(Date.now());
    if (!this.#states.every((state) => waitsShortly(state, id, nowMs))) return;
    const ends = this.#states.map((state): model.Step => {
      const { state: after, given } = model.endWait(state, id, "timeout");
      return { state: after, replies: [], closes: false, messages: [], given: [given], late: [] };
    });
    // Where the client has asked for silence, nothing tells that its time is up.
    if (ends[0]!.given[0]!.replies.length === 0) await sleep(OVER_MS);
    const given = await this.#receiveGiven(ends.slice(0, 1));
    const misfit = this.#firstUngiven(ends.slice(0, 1), given);
    if (misfit !== undefined) throw new Difference(at, misfit.expected, misfit.actual);
    this.#states = ends.map(({ state }) => state);
    this.#waiting[index] = undefined;
    const reply = given.get(id);
    if (reply === undefined) return;
    this.#bench.coverage.add(invocation.name, invocation.options, replyKind(reply));
  }

  /** What connections get whose waits have ended: as many replies as the model expects. */
  async #receiveGiven(run: ReadonlyArray<model.Step>): Promise<ReadonlyMap<number, string>> {
    const given = new Map<number, string>();
    for (const { sessionId, replies } of run.flatMap((step) => step.given)) {
      const client = this.#open.find((open) => open?.id === sessionId)?.client;
      const received = await client?.receive(replies.length, REPLY_TIMEOUT_MS);
      for (const reply of received?.replies ?? []) given.set(sessionId, reply.toString("latin1"));
    }
    return given;
  }

  /** The first connection that has not got what it should have. */
  #firstUngiven(
    run: ReadonlyArray<model.Step>,
    given: ReadonlyMap<number, string>,
  ): { expected: string; actual: string } | undefined {
    for (const { sessionId, replies } of run.flatMap((step) => step.given)) {
      const [expected] = replies;
      const actual = given.get(sessionId);
      const protocol = model.protocolOf(run.at(-1)!.state, sessionId);
      const isRight =
        expected === undefined
          ? actual === undefined
          : actual !== undefined && model.admits(expected, actual, protocol);
      if (isRight) continue;
      const who = `connection ${this.#open.findIndex((open) => open?.id === sessionId)} gets `;
      return {
        expected: who + (expected === undefined ? "nothing" : showExpected(expected, protocol)),
        actual: who + (actual === undefined ? "nothing" : showReply(actual)),
      };
    }
    return undefined;
  }

  /** Counts the ends of waits, by the command that has brought them. */
  #countGiven(
    group: ReadonlyArray<Sent>,
    run: ReadonlyArray<model.Step>,
    given: ReadonlyMap<number, string>,
  ): void {
    const { coverage } = this.#bench;
    for (const [place, { sessionId }] of run.flatMap((step, i) =>
      step.given.map((one) => [i, one] as const),
    )) {
      const index = this.#open.findIndex((open) => open?.id === sessionId);
      const invocation = this.#waiting[index];
      this.#waiting[index] = undefined;
      const reply = given.get(sessionId);
      if (invocation === undefined || reply === undefined) continue;
      const by = broughtBy(group[place]!.invocation.name);
      coverage.add(invocation.name, invocation.options, replyKind(reply));
      coverage.note(countedAs(invocation.name), by, replyKind(reply));
    }
  }

  /** The model runs while the server does: the time makes no difference. */
  async #exchange(
    connection: Connection,
    index: number,
    group: ReadonlyArray<Sent>,
  ): Promise<Exchange> {
    connection.client.sendRaw(Buffer.concat(group.map((sent) => encodeRequest(sent.args))));
    const nowMs = Date.now();
    const guess = this.#predict(connection.id, group, nowMs);
    const got = await this.#receive(connection, this.#expected(guess[0]!, index));
    const isDrawn = group.some((sent) => mayDraw(sent.invocation.name));
    const runs = isDrawn ? this.#predict(connection.id, group, nowMs, got.replies) : guess;
    return { runs, got };
  }

  /** The model runs for every millisecond in which the server may have run the command. */
  async #exchangeTimed(
    connection: Connection,
    index: number,
    group: ReadonlyArray<Sent>,
  ): Promise<Exchange> {
    const guess = this.#predict(connection.id, group, Date.now());
    const fromMs = Date.now();
    connection.client.sendRaw(Buffer.concat(group.map((sent) => encodeRequest(sent.args))));
    const got = await this.#receive(connection, this.#expected(guess[0]!, index));
    // A reply that never came is a difference, however long it was waited for.
    if (got.isShort) return { got, runs: guess };
    const interval = { fromMs, toMs: Date.now() };
    const hasMoments = group.some((sent) => isTimedThroughout(sent.invocation.name));
    if (hasMoments && interval.fromMs !== interval.toMs) this.isBlurred = true;
    const clocks = group.some((sent) => isTimed(sent.invocation.name))
      ? milliseconds(interval)
      : expiryMoments(this.#states, interval);
    if (clocks.length * this.#states.length > 4 * MAX_CANDIDATES) throw new UnclearClock();
    const runsAt = (nowMs: number) => this.#predict(connection.id, group, nowMs, got.replies);
    return { got, runs: clocks.flatMap(runsAt) };
  }

  /** As much as the model expects; less when it does not come. */
  async #receive({ client }: Connection, expected: ReadonlyArray<Expected>): Promise<Arrived> {
    const got = await arrived(client, expected, REPLY_TIMEOUT_MS);
    if (expected.length === 0) await this.#bench.connections.barrier();
    return got;
  }

  /** What the sender reads, by a run of the model. */
  #expected(run: ReadonlyArray<model.Step>, index: number): ReadonlyArray<Expected> {
    const { id } = this.#open[index]!;
    return expectedBy(run, id, model.protocolOf(this.#states[0]!, id));
  }

  /** What the others are given by what the sender has sent. */
  async #compareMessages(
    sender: Connection,
    group: ReadonlyArray<Sent>,
    run: ReadonlyArray<model.Step>,
  ): Promise<void> {
    const { coverage, exceptions } = this.#bench;
    for (const [place, { messages, late }] of run.entries()) {
      for (const { reply } of [...messages, ...late]) {
        const { name, options } = group[place]!.invocation;
        exceptions.add("PUBLISH", freeParts(reply));
        coverage.add(name, options, `(${model.kindOf(reply)})`);
      }
    }
    for (const open of this.#open) {
      if (open === undefined || open === sender) continue;
      const expected = run.flatMap(({ messages, late }, place) =>
        [...messages, ...late]
          .filter(({ sessionId }) => sessionId === open.id)
          .map(({ protocol, reply }) => ({ place, protocol, reply })),
      );
      if (expected.length === 0) continue;
      const wrong = misfit(expected, await arrived(open.client, expected, REPLY_TIMEOUT_MS));
      if (wrong === undefined) continue;
      const { place, wanted, actual } = wrong;
      throw new Difference(group[place]!.at, wanted, actual);
    }
  }

  /**
   * What the group does to each state in which the model may be.
   *
   * @param replies the server's, which tell of a command that is alone what chance has decided
   */
  #predict(
    id: number,
    group: ReadonlyArray<Sent>,
    nowMs: number,
    replies: ReadonlyArray<string> = [],
  ): ReadonlyArray<ReadonlyArray<model.Step>> {
    const [only] = group.length === 1 ? replies : [];
    const answered = only === undefined ? undefined : model.decode(only).reply;
    return this.#states.map((state) => {
      let current = state;
      return group.map((sent) => {
        const step = this.#step(current, id, sent, nowMs, answered);
        current = step.state;
        return step;
      });
    });
  }

  #step(
    state: model.State,
    id: number,
    sent: Sent,
    nowMs: number,
    answered: model.Reply | undefined,
  ): model.Step {
    try {
      return model.step(state, id, sent.args, nowMs, answered);
    } catch (error) {
      throw new Difference(sent.at, `(the model throws ${String(error)})`, "(not compared)");
    }
  }

  #difference(
    group: ReadonlyArray<Sent>,
    run: ReadonlyArray<model.Step>,
    got: Arrived,
    index: number,
  ): Difference {
    const { place, wanted, actual } = misfit(this.#expected(run, index), got)!;
    return new Difference(group[place]!.at, wanted, actual);
  }

  /** Adds the group to the coverage. */
  #count(
    index: number,
    group: ReadonlyArray<Sent>,
    run: ReadonlyArray<model.Step>,
    got: Arrived,
  ): void {
    const { coverage, exceptions } = this.#bench;
    const pairs = pairsOf(this.#expected(run, index), got);
    for (const [place, { invocation }] of group.entries()) {
      this.commands += 1;
      for (const { expected, actual } of pairs.filter((pair) => pair.place === place)) {
        coverage.add(invocation.name, invocation.options, replyKind(actual));
        this.#countTransaction(index, invocation, expected, actual);
        if (invocation.name !== "EXEC") exceptions.add(invocation.name, freeParts(expected));
      }
      if (run[place]!.replies.length === 0) {
        coverage.add(invocation.name, invocation.options, "(silence)");
      }
    }
  }

  /** Counts the replies inside EXEC's for the commands that were queued. */
  #countTransaction(
    index: number,
    invocation: Invocation,
    expected: model.Reply,
    actual: string,
  ): void {
    const { coverage, exceptions } = this.#bench;
    const queue = this.#queued[index]!;
    if (actual === "+QUEUED\r\n") queue.push(invocation);
    else if (queueEnds.has(invocation.name)) {
      const items = invocation.name === "EXEC" ? splitArray(actual) : [];
      const wanted = expected._tag === "Array" ? expected.items : [];
      if (items.length === queue.length && wanted.length === queue.length) {
        for (const [at, queued] of queue.entries()) {
          coverage.add(queued.name, queued.options, replyKind(items[at]!));
          exceptions.add(queued.name, freeParts(wanted[at]!));
        }
      }
      this.#queued[index] = [];
    }
  }

  /** Follows closed connections on both sides. */
  async #follow(
    connection: Connection,
    index: number,
    group: ReadonlyArray<Sent>,
    { closes, replies }: model.Step,
  ): Promise<void> {
    const silent = replies.length === 0;
    const last = group.at(-1)!;
    if (closes && silent) this.#bench.exceptions.add(SILENT_END, ["the connection stays open"]);
    else if (closes && !(await connection.client.waitForClose(REPLY_TIMEOUT_MS))) {
      throw new Difference(last.at, "(the connection closes)", "(the connection stays open)");
    }
    if (closes) this.#disconnect(index);
    for (const [other, open] of this.#open.entries()) {
      if (open === undefined || this.#states[0]!.sessions.has(open.id)) continue;
      if (!(await open.client.waitForClose(REPLY_TIMEOUT_MS))) {
        throw new Difference(last.at, `(connection ${other} closes)`, "(it stays open)");
      }
      this.#disconnect(other);
    }
    for (const open of this.#open) this.#expectSilence(open, last.at);
  }

  /** An open connection has nothing more to say and was not closed by the server. */
  #expectSilence(connection: Connection | undefined, at: Place): void {
    if (connection === undefined) return;
    if (connection.client.waitingReplies > 0 || connection.client.waitingPushes > 0) {
      throw new Difference(at, "(no further reply)", "(a further reply)");
    }
    if (connection.client.closed) {
      throw new Difference(at, "(the connection stays open)", "(the connection closes)");
    }
  }

  #disconnect(index: number): void {
    const connection = this.#open[index];
    if (connection === undefined) return;
    connection.client.close();
    this.#open[index] = undefined;
    this.#waiting[index] = undefined;
    this.#queued[index] = [];
    this.#states = this.#states.map((state) =>
      state.sessions.has(connection.id) ? model.disconnect(state, connection.id) : state,
    );
  }

  /** The connection of that number, opened when it is not. */
  async #connection(index: number): Promise<Connection> {
    const open = this.#open[index];
    if (open !== undefined) return open;
    const connection = await this.#bench.connections.connect();
    this.#open[index] = connection;
    this.#states = this.#states.map((state) => model.connect(state, connection.id));
    if (this.#sequence.protocols[index] === 3) {
      const invocation = { name: "HELLO", options: ["3"], args: ["HELLO", "3"] };
      await this.#send(connection, index, [{ at: "handshake", invocation, args: invocation.args }]);
    }
    return connection;
  }

  /** The end of a sequence: every key of every database is the same on both sides. */
  async #compareKeyspaces(): Promise<void> {
    const fromMs = Date.now();
    const actual = await readKeyspace(this.#bench.connections.control);
    const interval = { fromMs, toMs: Date.now() };
    const nearest = this.#states
      .map((state) => compareKeyspace(state, actual, interval))
      .reduce((best, differences) => (differences.length < best.length ? differences : best));
    const [first] = nearest;
    if (first !== undefined) throw new Difference("end", first.expected, first.actual);
    await this.#compareLibraries();
  }

  /** The end of a sequence: the libraries of functions are the same on both sides. */
  async #compareLibraries(): Promise<void> {
    const list = ["FUNCTION", "LIST", "WITHCODE"];
    const [actual] = await pipeline(this.#bench.connections.control, [list]);
    const expected = this.#states.map((state) => model.listOf(state.libraries, true));
    if (expected.some((reply) => model.admits(reply, actual!, 3))) return;
    throw new Difference("end", JSON.stringify(expected[0]), actual!);
  }
}

interface Exchange {
  /** One run of the model per state and millisecond. */
  readonly runs: ReadonlyArray<ReadonlyArray<model.Step>>;
  readonly got: Arrived;
}

/** Whether the command is not sent now; the table of exceptions says why. */
function isLeftOut({ name, args }: Invocation, state: model.State, id: number): boolean {
  const { sessions } = state;
  const session = sessions.get(id)!;
  if (leavesOrderOpen(state, session, name)) return true;
  if (name === "WAIT") return session.replies !== "on";
  if (name === "RESTORE") {
    const watched = [...sessions.values()].flatMap((one) => one.watched);
    return watched.some((keys) => keys.has(String(args[1])));
  }
  return session.queue !== null && notInTransactions.has(name);
}

/** What cuts EXEC's reply off in Redis: a client cannot tell where it ends, only the model can. */
const notInTransactions = new Set(["CLIENT|REPLY", "CLIENT|KILL"]);

const queueEnds = new Set(["EXEC", "DISCARD", "RESET"]);

/** Commands that change what chance decides, perhaps. */
function mayDraw(name: string): boolean {
  return name === "SPOP" || name === "EXEC";
}

/** Commands after which the server may close a connection. */
function mayClose(name: string): boolean {
  return name === "QUIT" || name.startsWith("CLIENT") || name === "RESET" || name === "HELLO";
}
