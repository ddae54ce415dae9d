/** MULTI, EXEC, DISCARD, WATCH and UNWATCH. */
import { Result } from "effect";
import { judge } from "../acl/judge.ts";
import { CACHEABLE, withCaches } from "../caching.ts";
import { answer, become, session, update } from "../call.ts";
import {
  type Call,
  type Due,
  type Given,
  type Meaning,
  type Message,
  type Outcome,
  runCommand,
} from "../command.ts";
import { commandError, fail } from "../errors.ts";
import { array, type Bytes, error, nilArray, type Protocol, type Reply, simple } from "../reply.ts";
import {
  forgetExpired,
  isSilent,
  NO_KEYS,
  noTransaction,
  type State,
  sessionOf,
  watchedName,
} from "../state.ts";
import { takesMemory } from "../takes-memory.ts";

/** MULTI */
export const multi: Meaning = (call) =>
  session(call).queue === null ? become(update(call, { queue: [] })) : fail("NestedMulti");

/** The command waits for EXEC, unless EXEC will refuse anyway. */
export const enqueue: Meaning = (call) => {
  const { queue, aborted, dirty } = session(call);
  const queued = simple("QUEUED");
  if (queue === null || aborted || dirty) return answer(call, queued);
  const needsRoom = session(call).needsRoom || takesMemory(call);
  return become(update(call, { queue: [...queue, call.args], needsRoom }), queued);
};

/** A command was rejected: if a transaction is open, EXEC will refuse it. */
export const abort = (call: Call): State =>
  session(call).queue === null ? call.state : update(call, { aborted: true, queue: [] });

/** DISCARD */
export const discard: Meaning = (call) =>
  session(call).queue === null ? fail("DiscardWithoutMulti") : become(update(call, noTransaction));

/**
 * EXEC: all queued commands in order, whatever each of them answers, unless one was rejected while
 * queueing or a watched key has changed.
 */
export const exec: Meaning = (call) => {
  const { queue, aborted, dirty } = session(call);
  if (queue === null) return fail("ExecWithoutMulti");
  const ended = update(call, noTransaction);
  if (aborted) return become(ended, error(commandError("ExecAborted").text));
  if (dirty) return become(ended, nilArray);
  return Result.succeed(runAll(call, ended, queue));
};

/**
 * Runs the queued commands. Each item of the array is heard or not, and encoded, as the session
 * wishes once its command has run; the array's header is sent before any of them.
 */
const runAll = (call: Call, ended: State, queue: ReadonlyArray<ReadonlyArray<Bytes>>): Outcome => {
  const heard: Array<readonly [Reply, Protocol]> = [];
  const answers = call.answered?._tag === "Array" ? call.answered.items : [];
  const messages: Array<Message> = [];
  const due: Due[] = [];
  const given: Given[] = [];
  let state = ended;
  let closes = false;
  for (const args of queue) {
    const outcome = runQueued({ ...call, state, args, answered: answers[heard.length] });
    state = outcome.state;
    const after = sessionOf(state, call.sessionId);
    const own = outcome.reply === null || isSilent(after) ? [] : [outcome.reply];
    const sent = outcome.sent ?? own;
    if (!closes) heard.push(...sent.map((reply) => [reply, after.protocol] as const));
    // Who is being disconnected is told nothing more.
    const isTold = ({ sessionId }: Message) => !closes || sessionId !== call.sessionId;
    messages.push(...(outcome.messages ?? []).filter(isTold));
    closes ||= outcome.closes === true;
    due.push(...(outcome.due ?? []));
    given.push(...(outcome.given ?? []));
  }
  const { protocol } = sessionOf(state, call.sessionId);
  const items = heard.map(
    ([reply, spoken]): Reply =>
      spoken === protocol ? reply : { _tag: "In", protocol: spoken, reply },
  );
  const whole: Reply =
    items.length === queue.length
      ? array(items)
      : { _tag: "Array", items, announced: queue.length };
  const sent = isSilent(session(call)) ? items : [whole];
  // Who was unblocked and then disconnected reads nothing.
  const read = given.filter(({ sessionId }) => state.sessions.has(sessionId));
  return { state, reply: null, sent, closes, messages, due, given: read };
};

/** Why a command is not allowed any more. */
const REASONS = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments",
} as const;

/** Runs one command of a transaction; the one before it may have set a key whose time is past. */
const runQueued = (call: Call): Outcome => {
  const found = call.find(call.args);
  if (found._tag === "Missing") throw new Error("only known commands are queued");
  const state = forgetExpired(call.state, call.nowMs);
  const queued: Call = { ...call, state, command: found.name, insideExec: true };
  const judged = judge(queued, "multi");
  if (judged !== undefined) {
    const reason = REASONS[judged.denial.reason];
    return { state: judged.state, reply: error(commandError("RulesChanged", reason).text) };
  }
  const isRead = CACHEABLE.has(found.name);
  const read = isRead ? { command: found.command, args: call.args } : null;
  return withCaches(queued, runCommand(queued, found.command.meaning), read);
};

/** WATCH key [key ...] */
export const watch: Meaning = (call) => {
  const { queue, dirty, database, watched } = session(call);
  if (queue !== null) return fail("WatchInsideMulti");
  if (dirty) return answer(call, simple("OK"));
  const added = call.args.slice(1).map((key) => watchedName(database, key));
  return become(update(call, { watched: new Set([...watched, ...added]) }));
};

/** UNWATCH */
export const unwatch: Meaning = (call) => become(update(call, { watched: NO_KEYS, dirty: false }));
