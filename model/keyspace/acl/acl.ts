/** ACL: users and their rules. */
import { Result } from "effect";
import { answer, argument, become, misused, session } from "../call.ts";
import { arityFits, type Call, type Meaning, type Outcome } from "../command.ts";
import { fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import {
  array,
  type Bytes,
  bulk,
  integer,
  map,
  nil,
  ok,
  type Reply,
  satisfies,
  set,
} from "../reply.ts";
import { textOf } from "../shapes.ts";
import { disconnect, isSubscriber, type State, withSession } from "../state.ts";
import { cString, word } from "../text.ts";
import {
  channelRules,
  commandRules,
  flagsOf,
  inOneOrder,
  keyRules,
  userRules,
} from "./describe.ts";
import { allowsChannel, denial, selectorsOf } from "./permission.ts";
import { hasSpaces, userAfterAll } from "./rules.ts";
import { CATEGORIES, membersOf } from "./table.ts";
import { nobody, type Selector, type User } from "./user.ts";

/** A text about rules, those about single commands in any order. */
const rulesText = (text: Bytes): Reply =>
  satisfies(`the rules ${JSON.stringify(text)}`, (reply) => {
    const actual = textOf(reply);
    return actual !== undefined && inOneOrder(actual) === inOneOrder(text);
  });

const names = (state: State): ReadonlyArray<Bytes> => [...state.users.keys()].sort();

const withUser = (state: State, name: Bytes, user: User): State => ({
  ...state,
  users: new Map(state.users).set(name, user),
});

/** Sessions of others are over at once, one's own behind the reply. */
const closing = (call: Call, state: State, ids: ReadonlyArray<number>, reply: Reply): Outcome => {
  const others = ids.filter((id) => id !== call.sessionId);
  const after = others.reduce(disconnect, state);
  return others.length === ids.length
    ? { state: after, reply }
    : { state: after, reply, closes: true };
};

const idsOf = (state: State, user: Bytes): ReadonlyArray<number> =>
  [...state.sessions].filter(([, one]) => one.user === user).map(([id]) => id);

/** ACL SETUSER username [rule ...]: all of them or none */
export const setuser: Meaning = (call) =>
  Result.gen(function* () {
    const name = argument(call, 2);
    if (hasSpaces(name)) return yield* fail("UserNameSpaces");
    const before = call.state.users.get(name) ?? nobody;
    const user = yield* userAfterAll(before, call.args.slice(3));
    const deaf = idsOf(call.state, name).filter((id) => {
      const one = call.state.sessions.get(id);
      if (one === undefined || !isSubscriber(one)) return false;
      const hears = (channel: Bytes, isPattern: boolean): boolean =>
        selectorsOf(user).some((selector) => allowsChannel(selector, channel, isPattern));
      const plain = [...one.channels, ...one.shardChannels];
      return !(
        plain.every((channel) => hears(channel, false)) &&
        [...one.patterns].every((pattern) => hears(pattern, true))
      );
    });
    return closing(call, withUser(call.state, name, user), deaf, ok);
  });

/** ACL DELUSER username [username ...] */
export const deluser: Meaning = (call) => {
  const given = call.args.slice(2);
  if (given.includes("default")) return fail("DefaultUserStays");
  const gone = [...new Set(given)].filter((name) => call.state.users.has(name));
  const users = new Map(call.state.users);
  for (const name of gone) users.delete(name);
  const ids = gone.flatMap((name) => idsOf(call.state, name));
  let state: State = { ...call.state, users };
  // Until it is over, the session is nobody.
  if (ids.includes(call.sessionId))
    state = withSession(state, call.sessionId, {
      ...session(call),
      user: "default",
      authenticated: false,
    });
  return Result.succeed(closing(call, state, ids, integer(gone.length)));
};

const selectorFields = (selector: Selector): ReadonlyArray<readonly [Reply, Reply]> => {
  const { first, single } = commandRules(selector);
  return [
    [bulk("commands"), rulesText([...first, ...single].join(" "))],
    [bulk("keys"), bulk(keyRules(selector).join(" "))],
    [bulk("channels"), bulk(channelRules(selector).join(" "))],
  ];
};

/** ACL GETUSER username */
export const getuser: Meaning = (call) => {
  const user = call.state.users.get(argument(call, 2));
  if (user === undefined) return answer(call, nil);
  return answer(
    call,
    map([
      [bulk("flags"), set(flagsOf(user).map(bulk))],
      [bulk("passwords"), array(user.passwords.map(bulk))],
      ...selectorFields(user.root),
      [bulk("selectors"), array(user.others.map((selector) => map(selectorFields(selector))))],
    ]),
  );
};

/** ACL LIST */
export const list: Meaning = (call) =>
  answer(
    call,
    array(
      names(call.state).map((name) =>
        rulesText(`user ${name} ${userRules(call.state.users.get(name) ?? nobody)}`),
      ),
    ),
  );

/** ACL USERS */
export const users: Meaning = (call) => answer(call, array(names(call.state).map(bulk)));

/** ACL WHOAMI */
export const whoami: Meaning = (call) => answer(call, bulk(session(call).user));

/** What Redis has from 7.2 on. */
const LATER = new Set(["client|no-touch", "client|setinfo"]);

/** ACL CAT [category] */
export const cat: Meaning = (call) => {
  const [, , category, ...more] = call.args;
  if (more.length > 0) return misused(call);
  if (category === undefined) return answer(call, array(CATEGORIES.map(bulk)));
  const members = membersOf(word(category));
  if (members.length === 0) return fail("UnknownCategory", category);
  const wanted = [...members].sort().join();
  return answer(
    call,
    satisfies(`the commands of ${category}`, (reply) => {
      if (reply._tag !== "Array") return false;
      const named = reply.items
        .map((item) => textOf(item) ?? "")
        .filter((name) => !LATER.has(name));
      return named.sort().join() === wanted;
    }),
  );
};

/** ACL DRYRUN username command [arg ...] */
export const dryrun: Meaning = (call) => {
  const [, , name = "", ...args] = call.args;
  const user = call.state.users.get(name);
  if (user === undefined) return fail("UserNotFound", name);
  const found = call.find(args);
  if (found._tag === "Missing") return fail("DryRunNotFound", args[0] ?? "");
  if (!arityFits(found.command, args.length)) return fail("WrongArity", found.name);
  const why = denial(user, found.name, args);
  if (why === undefined) return answer(call, ok);
  const what =
    why.reason === "command"
      ? `run the '${found.name}' command`
      : `access the '${cString(args[why.position] ?? "")}' ${why.reason}`;
  return answer(call, bulk(`This user has no permissions to ${what}`));
};

/** ACL GENPASS [bits] */
export const genpass: Meaning = (call) => {
  const [, , bits, ...more] = call.args;
  if (more.length > 0) return misused(call);
  const wanted = bits === undefined ? Result.succeed(256n) : integerArgument(bits);
  return Result.flatMap(wanted, (count) => {
    if (count <= 0n || count > 4096n) return fail("PasswordBits");
    const digits = Number((count + 3n) / 4n);
    return answer(
      call,
      satisfies(`${digits} hexadecimal digits`, (reply) => {
        const text = textOf(reply);
        return text?.length === digits && /^[0-9a-f]*$/.test(text);
      }),
    );
  });
};

const FIELDS = ["count", "reason", "context", "object", "username", "age-seconds", "client-info"];

/** ACL LOG [count | RESET] */
export const log: Meaning = (call) => {
  const [, , operation, ...more] = call.args;
  if (more.length > 0) return misused(call);
  if (word(operation ?? "") === "reset") return become({ ...call.state, refusals: [] });
  const wanted = operation === undefined ? Result.succeed(10n) : integerArgument(operation);
  return Result.flatMap(wanted, (count) => {
    const shown = call.state.refusals.slice(0, count < 0n ? 0 : Number(count));
    const entries = shown.map((one) => {
      const values: ReadonlyArray<Reply> = [
        integer(one.count),
        ...[one.reason, one.context, one.object, one.username].map(bulk),
        satisfies("seconds", (reply) => textOf(reply) !== undefined || reply._tag === "Double"),
        satisfies("a client", (reply) => /^id=\d+ addr=/.test(textOf(reply) ?? "")),
      ];
      return map(FIELDS.map((field, i) => [bulk(field), values[i] as Reply] as const));
    });
    return answer(call, array(entries));
  });
};

/** ACL LOAD and ACL SAVE: there is no file of users */
export const withoutFile: Meaning = () => fail("NoUsersFile");
