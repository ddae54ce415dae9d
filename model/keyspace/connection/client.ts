/** CLIENT: connections, one's own and the others'. */
import { Result } from "effect";
import { answer, argument, become, misused, session, update } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, commandError, fail } from "../errors.ts";
import { integerArgument, timeoutArgument } from "../numbers.ts";
import {
  type Bytes,
  bulk,
  error,
  integer,
  nil,
  ok,
  one,
  oneOf,
  satisfies,
  zero,
} from "../reply.ts";
import * as shapes from "../shapes.ts";
import { disconnect, isSubscriber, sessionOf } from "../state.ts";
import { word } from "../text.ts";
import { endWait, isWaiting } from "../waiting.ts";
import { renamed } from "./connection.ts";

/** CLIENT ID */
export const id: Meaning = (call) => answer(call, integer(call.sessionId));

/** CLIENT SETNAME name; the empty name means none */
export const setname: Meaning = (call) =>
  Result.flatMap(renamed(argument(call, 2)), (change) => become(update(call, change)));

/** CLIENT GETNAME */
export const getname: Meaning = (call) => {
  const { name } = session(call);
  return answer(call, name === "" ? nil : bulk(name));
};

/** CLIENT REPLY ON | OFF | SKIP */
export const reply: Meaning = (call) => {
  const mode = word(argument(call, 2));
  if (mode === "on") return become(update(call, { replies: "on" }));
  if (mode === "off") return become(update(call, { replies: "off" }), null);
  if (mode !== "skip") return fail("Syntax");
  return session(call).replies === "off"
    ? answer(call, null)
    : become(update(call, { replies: "skip next" }), null);
};

/** EXEC's reply must be whole: a transaction holds no CLIENT REPLY that changes anything. Redis' may. */
export const replyInsideMulti = (call: Call): CommandError | undefined => {
  const mode = word(argument(call, 2));
  const changes = session(call).replies === "on" ? ["off", "skip"] : ["on", "skip"];
  return changes.includes(mode) ? commandError("ReplyInsideMulti") : undefined;
};

/** CLIENT NO-EVICT ON | OFF */
export const noEvict: Meaning = (call) => {
  const mode = word(argument(call, 2));
  if (mode !== "on" && mode !== "off") return fail("Syntax");
  return become(update(call, { noEvict: mode === "on" }));
};

/** CLIENT PAUSE timeout [WRITE | ALL]: commands wait, but mean the same */
export const pause: Meaning = (call) => {
  if (call.args.length > 4) return misused(call);
  const [, , timeout = "", mode = "all"] = call.args;
  if (!["write", "all"].includes(word(mode))) return fail("PauseMode");
  return Result.flatMap(timeoutArgument(timeout, call.nowMs), () => answer(call, ok));
};

/** CLIENT UNPAUSE */
export const unpause: Meaning = (call) => answer(call, ok);

/** CLIENT UNBLOCK client-id [TIMEOUT | ERROR]: only who waits for keys waits for another's sake */
export const unblock: Meaning = (call) => {
  if (call.args.length > 4) return misused(call);
  const [, , blocked = "", reason = "timeout"] = call.args;
  if (!["timeout", "error"].includes(word(reason))) return fail("UnblockReason");
  return Result.flatMap(integerArgument(blocked), (id) => {
    if (!isWaiting(call.state, Number(id))) return answer(call, zero);
    const how = word(reason) === "error" ? "error" : "timeout";
    const { state, given } = endWait(call.state, Number(id), how);
    return Result.succeed({ state, reply: one, given: [given] });
  });
};

const FIELDS = [
  ..."id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem".split(
    " ",
  ),
  ..."multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp".split(" "),
];

/** What Redis tells of the client's library from 7.2 on. */
const LIBRARY_FIELDS = ["lib-name", "lib-ver"];

/** The fields of one line about a client, or nothing when the line is none. */
const describedClient = (line: Bytes): ReadonlyMap<Bytes, Bytes> | undefined => {
  const fields = line.split(" ").map((field) => {
    const [name = "", ...value] = field.split("=");
    return [name, value.join("=")] as const;
  });
  const names = fields.map(([name]) => name).join();
  const isComplete = [FIELDS, [...FIELDS, ...LIBRARY_FIELDS]].some((all) => all.join() === names);
  return isComplete ? new Map(fields) : undefined;
};

/** CLIENT INFO */
export const info: Meaning = (call) => {
  const me = session(call);
  const { name, database, protocol } = me;
  const listensTo = [me.channels, me.patterns, me.shardChannels].map(({ size }) => size);
  const isMe = (line: Bytes): boolean => {
    const fields = describedClient(line);
    const isNamed = fields?.get("name") === name && fields.get("id") === `${call.sessionId}`;
    const counted = ["sub", "psub", "ssub"].map((field) => Number(fields?.get(field)));
    const isSubscribed = fields?.get("flags")?.includes("P") === isSubscriber(me);
    const letters = fields?.get("flags") ?? "";
    const isCaching = ["t", "R", "B"].map((letter) => letters.includes(letter));
    const { caching } = me;
    const wanted = [caching !== null, caching?.broken === true, caching?.broadcast === true];
    if (String(isCaching) !== String(wanted)) return false;
    if (fields?.get("user") !== me.user) return false;
    if (fields?.get("redir") !== `${caching?.redirection ?? -1}`) return false;
    if (!isSubscribed || String(counted) !== String(listensTo)) return false;
    return isNamed && fields.get("db") === `${database}` && fields.get("resp") === `${protocol}`;
  };
  return answer(
    call,
    shapes.text(
      `a line about client ${JSON.stringify(name)} in database ${database}`,
      (text) => text.endsWith("\n") && isMe(text.slice(0, -1)),
    ),
  );
};

const CLIENT_TYPES = ["normal", "slave", "replica", "pubsub", "master"];

const typeArgument = (type: Bytes): Result.Result<Bytes, CommandError> =>
  CLIENT_TYPES.includes(word(type)) ? Result.succeed(word(type)) : fail("UnknownClientType", type);

const clientLines = shapes.text("lines about clients", (text) =>
  text.split("\n").every((line) => line === "" || describedClient(line) !== undefined),
);

/** CLIENT LIST [TYPE type | ID client-id [client-id ...]] */
export const list: Meaning = (call) =>
  Result.gen(function* () {
    const [, , filter, ...values] = call.args;
    if (filter === undefined) return yield* answer(call, clientLines);
    if (word(filter) === "type" && values.length === 1) {
      yield* typeArgument(values[0] ?? "");
    } else if (word(filter) === "id" && values.length > 0) {
      for (const value of values) yield* integerArgument(value, "InvalidClientId");
    } else {
      return yield* fail("Syntax");
    }
    return yield* answer(call, clientLines);
  });

interface KillFilter {
  readonly id?: bigint;
  readonly type?: Bytes;
  readonly user?: Bytes;
  readonly skipMe: boolean;
  /** A filter by an address, which only the environment knows. */
  readonly byAddress: boolean;
}

/**
 * CLIENT KILL address, or CLIENT KILL [ID id] [TYPE type] [USER user] [ADDR address]
 * [LADDR address] [SKIPME yes | no]
 *
 * The model knows no addresses: where one is given it takes nobody to have it. Connections that
 * are not in the model may be killed too, so counts are lower bounds.
 */
export const kill: Meaning = (call) =>
  Result.gen(function* () {
    if (call.args.length === 3)
      return yield* answer(call, oneOf([ok, error(commandError("NoSuchClient").text)]));
    const filter = yield* parseKillFilter(call);
    const victims = [...call.state.sessions.keys()].filter((id) => isKilled(call, filter, id));
    const others = victims.filter((victim) => victim !== call.sessionId);
    const state = others.reduce(disconnect, call.state);
    const killed = satisfies(
      `an integer from ${victims.length}`,
      (reply) => reply._tag === "Integer" && reply.value >= BigInt(victims.length),
    );
    if (victims.length === others.length) return yield* become(state, killed);
    return { state, reply: killed, closes: true };
  });

const isKilled = (call: Call, filter: KillFilter, id: number): boolean => {
  if (filter.byAddress) return false;
  const own = isSubscriber(sessionOf(call.state, id)) ? "pubsub" : "normal";
  if (filter.type !== undefined && filter.type !== own) return false;
  if (filter.user !== undefined && filter.user !== sessionOf(call.state, id).user) return false;
  if (filter.id !== undefined && filter.id !== BigInt(id)) return false;
  return id !== call.sessionId || !filter.skipMe;
};

const parseKillFilter = (call: Call): Result.Result<KillFilter, CommandError> =>
  Result.gen(function* () {
    let filter: KillFilter = { skipMe: true, byAddress: false };
    for (let i = 2; i < call.args.length; i += 2) {
      const option = word(argument(call, i));
      if (i + 1 === call.args.length) return yield* fail("Syntax");
      const value = argument(call, i + 1);
      if (option === "id") {
        const id = yield* integerArgument(value, "ClientIdTooLow");
        if (id < 1n) return yield* fail("ClientIdTooLow");
        filter = { ...filter, id };
      } else if (option === "type") {
        filter = { ...filter, type: yield* typeArgument(value) };
      } else if (option === "addr" || option === "laddr") {
        filter = { ...filter, byAddress: true };
      } else if (option === "user") {
        if (!call.state.users.has(value)) return yield* fail("NoSuchUser", value);
        filter = { ...filter, user: value };
      } else if (option === "skipme" && ["yes", "no"].includes(word(value))) {
        filter = { ...filter, skipMe: word(value) === "yes" };
      } else {
        return yield* fail("Syntax");
      }
    }
    return filter;
  });
