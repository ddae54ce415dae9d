/** The commands about the connection itself. */
import { Result } from "effect";
import { refused } from "../acl/refusals.ts";
import { hashOf } from "../acl/rules.ts";
import { answer, argument, become, session, update } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, commandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, error, integer, map, ok, simple } from "../reply.ts";
import { inSubscriberMode, newSession, type Session, type State } from "../state.ts";
import { word } from "../text.ts";
import { REDIS_VERSION } from "../version.ts";

/** PING [message] */
export const ping: Meaning = (call) => {
  if (call.args.length > 2) return fail("WrongArity", call.command);
  const [, message] = call.args;
  if (inSubscriberMode(session(call)))
    return answer(call, array([bulk("pong"), bulk(message ?? "")]));
  return answer(call, message === undefined ? simple("PONG") : bulk(message));
};

/** ECHO message */
export const echo: Meaning = (call) => answer(call, bulk(argument(call, 1)));

/** READONLY, READWRITE, ASKING: said to a node of a cluster, which this is not */
export const onlyInCluster: Meaning = () => fail("NoCluster");

/** QUIT */
export const quit: Meaning = (call) =>
  Result.succeed({ state: call.state, reply: ok, closes: true });

/** RESET: as a new connection, but that a skipped reply stays skipped */
export const reset: Meaning = (call) => {
  const { replies, noEvict } = session(call);
  const changes: Session = {
    ...newSession(call.state),
    replies: replies === "skip" ? "skip" : "on",
    noEvict,
  };
  return become(update(call, changes), simple("RESET"));
};

/** The state in which the session is that user, or in which ACL LOG tells that it may not be. */
const login = (call: Call, name: Bytes, password: Bytes): { state: State; isAccepted: boolean } => {
  const user = call.state.users.get(name);
  const isKnown = user?.needsNoPassword === true || user?.passwords.includes(hashOf(password));
  if (user?.isOn === true && isKnown === true)
    return { state: update(call, { authenticated: true, user: name }), isAccepted: true };
  const isInside = session(call).queue !== null || call.insideExec === true;
  const facts = {
    reason: "auth",
    context: isInside ? "multi" : "toplevel",
    object: argument(call, 0),
    username: name,
  } as const;
  return { state: refused(call.state, facts, call.nowMs), isAccepted: false };
};

/** AUTH [username] password */
export const auth: Meaning = (call) => {
  const [, first = "", second, ...more] = call.args;
  if (more.length > 0) return fail("Syntax");
  if (second === undefined && call.state.users.get("default")?.needsNoPassword === true)
    return fail("NoPasswordConfigured");
  const { state, isAccepted } =
    second === undefined ? login(call, "default", first) : login(call, first, second);
  return become(state, isAccepted ? ok : error(commandError("WrongPassword").text));
};

/** The changes of a connection's name; a name must be printable and hold no spaces. */
export const renamed = (name: Bytes): Result.Result<Pick<Session, "name">, CommandError> =>
  /^[!-~]*$/.test(name) ? Result.succeed({ name }) : fail("InvalidClientName");

/**
 * HELLO [version [AUTH username password] [SETNAME name]]
 *
 * The options take effect one after the other, even if a later one fails.
 */
export const hello: Meaning = (call) =>
  Result.gen(function* () {
    const version = yield* parseVersion(call);
    const { state, refusal } = applyOptions(call);
    if (refusal !== null) return yield* become(state, error(refusal.text));
    const after = { ...call, state };
    if (!session(after).authenticated)
      return yield* become(state, error(commandError("HelloWithoutAuthentication").text));
    const protocol = version ?? session(after).protocol;
    return yield* become(update(after, { protocol }), greeting(call.sessionId, protocol));
  });

const parseVersion = (call: Call): Result.Result<2 | 3 | undefined, CommandError> =>
  Result.gen(function* () {
    const [, given] = call.args;
    if (given === undefined) return undefined;
    const version = yield* integerArgument(given, "ProtocolNotAnInteger");
    if (version === 2n) return 2;
    return version === 3n ? 3 : yield* fail("UnsupportedProtocol");
  });

const applyOptions = (call: Call) => {
  let state = call.state;
  for (let i = 2; i < call.args.length; i += 1) {
    const left = call.args.length - 1 - i;
    const option = word(argument(call, i));
    const current = { ...call, state };
    if (option === "auth" && left >= 2) {
      const tried = login(current, argument(call, i + 1), argument(call, i + 2));
      state = tried.state;
      if (!tried.isAccepted) return { state, refusal: commandError("WrongPassword") };
      i += 2;
    } else if (option === "setname" && left >= 1) {
      const change = renamed(argument(call, i + 1));
      if (Result.isFailure(change)) return { state, refusal: change.failure };
      state = update(current, change.success);
      i += 1;
    } else {
      return { state, refusal: commandError("HelloOption", argument(call, i)) };
    }
  }
  return { state, refusal: null };
};

const greeting = (sessionId: number, protocol: 2 | 3) =>
  map([
    [bulk("server"), bulk("redis")],
    [bulk("version"), bulk(REDIS_VERSION)],
    [bulk("proto"), integer(protocol)],
    [bulk("id"), integer(sessionId)],
    [bulk("mode"), bulk("standalone")],
    [bulk("role"), bulk("master")],
    [bulk("modules"), array([])],
  ]);
