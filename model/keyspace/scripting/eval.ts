/** Scripts: lists of commands, which run as one. */
import { Result } from "effect";
import { judge } from "../acl/judge.ts";
import { CACHEABLE, withCaches } from "../caching.ts";
import { answer, become } from "../call.ts";
import {
  arityFits,
  type Call,
  type Due,
  type Meaning,
  type Message,
  type Outcome,
  runCommand,
} from "../command.ts";
import { type CommandError, commandError, fail } from "../errors.ts";
import { INT64_MIN, integerArgument } from "../numbers.ts";
import {
  array,
  type Bytes,
  bulk,
  decode,
  encode,
  error,
  integer,
  nil,
  type Reply,
} from "../reply.ts";
import { changedBy, forgetExpired, type State, sessionOf, withSession } from "../state.ts";
import { takesMemory } from "../takes-memory.ts";
import { lower } from "../text.ts";
import { BROKEN, FORBIDDEN, LIST_SCRIPTS, type ListScript, READS, WRITES } from "./list-scripts.ts";

/** What of a script or a function there is to run. */
interface Body {
  readonly endsAtError: boolean;
  /** What its errors say of where they were raised. */
  readonly trace: Bytes;
}

const bodyOf = ({ sha, endsAtError }: ListScript): Body => ({
  endsAtError,
  trace: ` script: ${sha}, on @user_script:1.`,
});

/** ARGV: what stands behind the keys, whose number stands at position 2. */
export const argumentsOf = (call: Call): Result.Result<ReadonlyArray<Bytes>, CommandError> =>
  Result.flatMap(integerArgument(call.args[2]!), (keys) => {
    const rest = call.args.slice(3);
    if (keys > BigInt(rest.length)) return fail("TooManyScriptKeys");
    return keys < 0n ? fail("NegativeScriptKeys") : Result.succeed(rest.slice(Number(keys)));
  });

/** EVAL and EVAL_RO script numkeys [key ...] [arg ...] */
export const evaluate =
  (isReadOnly: boolean): Meaning =>
  (call) =>
    Result.flatMap(argumentsOf(call), (argv) =>
      Result.flatMap(load(call.state, call.args[1]!), ({ state, script }) =>
        Result.succeed(runList({ ...call, state }, bodyOf(script), argv, isReadOnly)),
      ),
    );

/** EVALSHA and EVALSHA_RO sha1 numkeys [key ...] [arg ...] */
export const evaluateSha =
  (isReadOnly: boolean): Meaning =>
  (call) => {
    const sha = lower(call.args[1]!);
    if (sha.length !== 40) return fail("NoScript");
    return Result.flatMap(argumentsOf(call), (argv) => {
      const script = LIST_SCRIPTS.find((known) => known.sha === sha);
      if (script === undefined || !call.state.scripts.has(sha)) return fail("NoScript");
      return Result.succeed(runList(call, bodyOf(script), argv, isReadOnly));
    });
  };

/** SCRIPT LOAD script */
export const scriptLoad: Meaning = (call) =>
  Result.flatMap(load(call.state, call.args[2]!), ({ state, script }) =>
    become(state, bulk(script.sha)),
  );

/** SCRIPT EXISTS sha1 [sha1 ...] */
export const scriptExists: Meaning = (call) => {
  const known = call.args.slice(2).map((sha) => call.state.scripts.has(lower(sha)));
  return answer(call, array(known.map((isThere) => integer(isThere ? 1 : 0))));
};

/** SCRIPT KILL: no script takes its time here. */
export const scriptKill: Meaning = () => fail("NotBusy");

interface Loaded {
  readonly state: State;
  readonly script: ListScript;
}

const load = (state: State, text: Bytes): Result.Result<Loaded, CommandError> => {
  const script = LIST_SCRIPTS.find((known) => known.text === text);
  if (script !== undefined)
    return Result.succeed({
      state: { ...state, scripts: new Set([...state.scripts, script.sha]) },
      script,
    });
  if (text !== BROKEN) throw new Error("the model does not know the script");
  return fail("ScriptSyntax");
};

/** Runs a list of commands in a session of its own, which has the caller's database. */
export const runList = (
  call: Call,
  { endsAtError, trace }: Body,
  argv: ReadonlyArray<Bytes>,
  isReadOnly: boolean,
): Outcome => {
  const caller = sessionOf(call.state, call.sessionId);
  const own = { ...caller, protocol: 2, queue: null, replies: "on" } as const;
  let state = withSession(call.state, call.sessionId, own);
  const replies: Array<Reply> = [];
  let hasWritten = false;
  const messages: Message[] = [];
  const due: Due[] = [];
  const end = (reply: Reply): Outcome => {
    // What others have done to the session counts; what the script chose for itself is gone.
    const { watched, dirty, caching } = sessionOf(state, call.sessionId);
    const after = {
      ...caller,
      watched,
      dirty,
      caching,
      queue: dirty && caller.queue ? [] : caller.queue,
    };
    return { state: withSession(state, call.sessionId, after), reply, messages, due };
  };
  for (let i = 0; i < argv.length; ) {
    const count = countOf(argv[i]!);
    const words = argv.slice(i + 1, i + 1 + count);
    const inside = { ...call, state, args: words };
    const outcome = runOne(call, inside, count, { isReadOnly, hasWritten });
    state = outcome.state;
    hasWritten ||= outcome.isWrite === true;
    messages.push(...(outcome.messages ?? []));
    due.push(...(outcome.due ?? []));
    if (outcome.reply?._tag === "Error" && endsAtError)
      return end(error(outcome.reply.text + trace));
    replies.push(throughLua(outcome.reply!));
    i += count + 1;
  }
  return end(array(replies));
};

/** Why a user may not have a script run a command. */
const REASONS = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
} as const;

/** What a script takes for a number of words: one digit. */
const countOf = (text: Bytes): number => (/^[0-9]$/.test(text) ? Number(text) : 0);

/** One command of a list. What it reads counts as the keys that the script was given. */
const runOne = (
  script: Call,
  call: Call,
  count: number,
  { isReadOnly, hasWritten }: { readonly isReadOnly: boolean; readonly hasWritten: boolean },
): Outcome & { readonly isWrite?: boolean } => {
  const refused = (text: Bytes): Outcome => ({ state: call.state, reply: error(`ERR ${text}`) });
  if (count === 0) return refused("Please specify at least one argument for this redis lib call");
  if (call.args.length < count)
    return refused("Lua redis lib command arguments must be strings or integers");
  const found = call.find(call.args);
  if (found._tag === "Missing") return refused("Unknown Redis command called from script");
  const { name, command } = found;
  if (!arityFits(command, call.args.length))
    return refused("Wrong number of args calling Redis command from script");
  if (FORBIDDEN.has(name)) return refused("This Redis command is not allowed from script");
  const judged = judge({ ...call, command: name }, "lua");
  if (judged !== undefined) {
    const reason = REASONS[judged.denial.reason];
    return { state: judged.state, reply: error(commandError("NoScriptPermission", reason).text) };
  }
  if (!READS.has(name) && !WRITES.has(name))
    throw new Error(`the model does not know whether scripts may call ${name}`);
  if (isReadOnly && WRITES.has(name) && name !== "select")
    return refused("Write commands are not allowed from read-only scripts.");
  const isWrite = WRITES.has(name) && name !== "select";
  // What it has begun a script ends.
  if (call.unwritable !== undefined && !hasWritten && isWrite)
    return { state: call.state, reply: error(commandError("Unwritable", call.unwritable).text) };
  if (call.isOut && !hasWritten && takesMemory(call))
    return { state: call.state, reply: error(commandError("OutOfMemory").text) };
  const state = forgetExpired(call.state, call.nowMs);
  const inside: Call = { ...call, state, command: name, insideExec: true };
  const outcome = runCommand(inside, command.meaning);
  const by = { ...outcome, state: changedBy(outcome.state, state, "script") };
  const { args } = script;
  const caller = script.find(args);
  const isRead = CACHEABLE.has(name) && caller._tag === "Found";
  const ran = withCaches(inside, by, isRead ? { command: caller.command, args } : null);
  return { ...ran, isWrite };
};

/** A reply of RESP2 that has become a value of Lua and is returned. */
const throughLua = (reply: Reply): Reply => fromLua(decode(encode(reply, 2)).reply);

const fromLua = (reply: Reply): Reply => {
  switch (reply._tag) {
    case "Integer":
      return integer(toDoubleAndBack(reply.value));
    // Both are false.
    case "Nil":
    case "NilArray":
      return nil;
    case "Array":
      return array(reply.items.map(fromLua));
    default:
      return reply;
  }
};

/** Numbers are doubles; one that is out of range becomes the least integer. */
const toDoubleAndBack = (value: bigint): bigint => {
  const rounded = BigInt(Number(value));
  return rounded >= 2n ** 63n ? INT64_MIN : rounded;
};
