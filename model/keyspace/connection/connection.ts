/** The commands about the connection itself. */
import { Result } from "effect";
import { answer, argument, become, session, update } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, commandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, error, integer, map, ok, simple } from "../reply.ts";
import { inSubscriberMode, newSession, type Session } from "../state.ts";
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
    ...newSession(call.state.config),
    replies: replies === "skip" ? "skip" : "on",
    noEvict,
  };
  return become(update(call, changes), simple("RESET"));
};

/** Whether that user may log in so: the only user is called default. */
const isAccepted = (call: Call, user: Bytes, password: Bytes): boolean => {
  const { requirepass } = call.state.config;
  return user === "default" && (requirepass === "" || requirepass === password);
};

/** AUTH [username] password */
export const auth: Meaning = (call) => {
  const [, first = "", second, ...more] = call.args;
  if (more.length > 0) return fail("Syntax");
  if (second === undefined && call.state.config.requirepass === "")
    return fail("NoPasswordConfigured");
  const accepted =
    second === undefined ? isAccepted(call, "default", first) : isAccepted(call, first, second);
  return accepted ? become(update(call, { authenticated: true })) : fail("WrongPassword");
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
      if (!isAccepted(call, argument(call, i + 1), argument(call, i + 2)))
        return { state, refusal: commandError("WrongPassword") };
      state = update(current, { authenticated: true });
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
