/** What each rule changes in a user. */
import { createHash } from "node:crypto";
import { Result } from "effect";
import type { Bytes } from "../bytes.ts";
import { type CommandError, commandError } from "../errors.ts";
import { cString, lower, word } from "../text.ts";
import { CATEGORIES, membersOf, subcommandsOf, TABLE, wholeOf } from "./table.ts";
import { nobody, nothing, type Selector, type User } from "./user.ts";
import { splitWords } from "./words.ts";

/** Why a rule is refused. */
export const REFUSED = {
  unknown: "Unknown command or category name in ACL",
  syntax: "Syntax error",
  allKeys:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  allChannels:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
  noPassword: "The password you are trying to remove from the user does not exist",
  hash: "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
  ofSubcommand: "Allowing first-arg of a subcommand is not supported",
} as const;

type Applied<A> = Result.Result<A, string>;

const all: ReadonlySet<Bytes> = new Set(TABLE.keys());

/** The hash under which a password is kept. */
export const hashOf = (password: Bytes): Bytes =>
  createHash("sha256").update(Buffer.from(password, "latin1")).digest("hex");

const SPACES = /[\0\t-\r ]/;

/** Whether a name or a pattern holds what it must not. */
export const hasSpaces = (text: Bytes): boolean => SPACES.test(text);

const withCommands = (
  selector: Selector,
  names: ReadonlyArray<Bytes>,
  allowed: boolean,
): Selector => {
  const commands = new Set(selector.commands);
  const firstArguments = new Map(selector.firstArguments);
  for (const name of names) {
    // A container stands for all that it contains.
    for (const one of wholeOf(name)) {
      if (allowed) commands.add(one);
      else commands.delete(one);
    }
    firstArguments.delete(name);
  }
  return { ...selector, commands, firstArguments, hasAll: selector.hasAll && allowed };
};

const commandRule = (selector: Selector, name: Bytes, allowed: boolean): Applied<Selector> => {
  const given = lower(name);
  const bar = given.lastIndexOf("|");
  if (allowed && bar >= 0) {
    const container = given.slice(0, bar);
    const argument = name.slice(bar + 1);
    if (!TABLE.has(container)) return Result.fail(REFUSED.unknown);
    if (container.includes("|")) return Result.fail(REFUSED.ofSubcommand);
    if (argument === "") return Result.fail(REFUSED.syntax);
    if (subcommandsOf(container).length === 0) {
      const known = selector.firstArguments.get(container) ?? [];
      if (known.some((one) => lower(one) === lower(argument))) return Result.succeed(selector);
      const firstArguments = new Map(selector.firstArguments);
      firstArguments.set(container, [...known, argument]);
      return Result.succeed({ ...selector, firstArguments });
    }
  }
  if (!TABLE.has(given)) return Result.fail(REFUSED.unknown);
  return Result.succeed(withCommands(selector, [given], allowed));
};

const keyRule = (selector: Selector, rule: Bytes): Applied<Selector> => {
  if (selector.allKeys) return Result.fail(REFUSED.allKeys);
  const parts = /^(?:~|%([RWrw]+)(?:~|$))(.*)$/s.exec(rule);
  if (parts === null) return Result.fail(REFUSED.syntax);
  const [, letters = "RW", pattern = ""] = parts;
  const uses = letters.toUpperCase();
  if (new Set(uses).size < uses.length || hasSpaces(pattern)) return Result.fail(REFUSED.syntax);
  const known = selector.keys.get(pattern);
  const keys = new Map(selector.keys).set(pattern, {
    read: uses.includes("R") || known?.read === true,
    write: uses.includes("W") || known?.write === true,
  });
  return Result.succeed({ ...selector, keys });
};

const channelRule = (selector: Selector, pattern: Bytes): Applied<Selector> => {
  if (selector.allChannels) return Result.fail(REFUSED.allChannels);
  if (hasSpaces(pattern)) return Result.fail(REFUSED.syntax);
  return Result.succeed({ ...selector, channels: new Set([...selector.channels, pattern]) });
};

/** A selector after one more rule. */
export const selectorAfter = (selector: Selector, rule: Bytes): Applied<Selector> => {
  const none = { firstArguments: new Map(), commands: new Set<Bytes>(), future: false };
  switch (word(rule)) {
    case "allkeys":
    case "~*":
      return Result.succeed({ ...selector, allKeys: true, keys: new Map() });
    case "resetkeys":
      return Result.succeed({ ...selector, allKeys: false, keys: new Map() });
    case "allchannels":
    case "&*":
      return Result.succeed({ ...selector, allChannels: true, channels: new Set() });
    case "resetchannels":
      return Result.succeed({ ...selector, allChannels: false, channels: new Set() });
    case "allcommands":
    case "+@all":
      return Result.succeed({ ...selector, ...none, commands: all, future: true, hasAll: true });
    case "nocommands":
    case "-@all":
      return Result.succeed({ ...selector, ...none, hasAll: false });
  }
  const text = cString(rule);
  const sign = text[0] ?? "";
  if (sign === "~" || sign === "%") return keyRule(selector, rule);
  if (sign === "&") return channelRule(selector, rule.slice(1));
  if (sign !== "+" && sign !== "-") return Result.fail(REFUSED.syntax);
  if (text[1] !== "@") return commandRule(selector, text.slice(1), sign === "+");
  const category = lower(text.slice(2));
  if (!CATEGORIES.includes(category)) return Result.fail(REFUSED.unknown);
  return Result.succeed(withCommands(selector, membersOf(category), sign === "+"));
};

const passwordRule = (user: User, mark: Bytes, text: Bytes): Applied<User> => {
  const isHash = mark === "#" || mark === "!";
  if (isHash && !(text.length === 64 && /^[0-9a-f]*$/.test(text))) return Result.fail(REFUSED.hash);
  const hash = isHash ? text : hashOf(text);
  const isKnown = user.passwords.includes(hash);
  if (mark === ">" || mark === "#") {
    const passwords = isKnown ? user.passwords : [...user.passwords, hash];
    return Result.succeed({ ...user, passwords, needsNoPassword: false });
  }
  if (!isKnown) return Result.fail(REFUSED.noPassword);
  return Result.succeed({ ...user, passwords: user.passwords.filter((one) => one !== hash) });
};

/** A user after one more rule. New selectors may use no channels, as Redis has it by default. */
export const userAfter = (user: User, rule: Bytes): Applied<User> => {
  switch (word(rule)) {
    case "":
      if (rule === "") return Result.succeed(user);
      break;
    case "on":
      return Result.succeed({ ...user, isOn: true });
    case "off":
      return Result.succeed({ ...user, isOn: false });
    case "nopass":
      return Result.succeed({ ...user, needsNoPassword: true, passwords: [] });
    case "resetpass":
      return Result.succeed({ ...user, needsNoPassword: false, passwords: [] });
    case "sanitize-payload":
      return Result.succeed({ ...user, sanitizing: "yes" });
    case "skip-sanitize-payload":
      return Result.succeed({ ...user, sanitizing: "no" });
    case "clearselectors":
      return Result.succeed({ ...user, others: [] });
    case "reset":
      return Result.succeed({ ...nobody, sanitizing: "yes" });
  }
  const mark = rule[0] ?? "";
  if (["<", ">", "#", "!"].includes(mark)) return passwordRule(user, mark, rule.slice(1));
  if (mark === "(" && rule.endsWith(")")) {
    let selector: Applied<Selector> = Result.succeed(nothing);
    for (const part of splitWords(rule.slice(1, -1)))
      selector = Result.flatMap(selector, (so) => selectorAfter(so, part));
    return Result.map(selector, (made) => ({ ...user, others: [...user.others, made] }));
  }
  return Result.map(selectorAfter(user.root, rule), (root) => ({ ...user, root }));
};

/** What stands in parentheses is one rule, in however many arguments it came. */
const whole = (args: ReadonlyArray<Bytes>): Result.Result<ReadonlyArray<Bytes>, Bytes> => {
  const rules: Bytes[] = [];
  let open: ReadonlyArray<Bytes> = [];
  for (const arg of args) {
    if (arg.startsWith("(") && !arg.endsWith(")")) open = [arg];
    else if (open.length === 0) rules.push(arg);
    else {
      open = [...open, cString(arg)];
      if (!arg.endsWith(")")) continue;
      rules.push(open.join(" "));
      open = [];
    }
  }
  return open[0] === undefined ? Result.succeed(rules) : Result.fail(open[0]);
};

/** A user after all of the rules, or why it stays as it is. */
export const userAfterAll = (
  user: User,
  args: ReadonlyArray<Bytes>,
): Result.Result<User, CommandError> => {
  const rules = whole(args);
  if (Result.isFailure(rules))
    return Result.fail(commandError("UnmatchedParenthesis", rules.failure));
  let after = user;
  for (const rule of rules.success) {
    const applied = userAfter(after, rule);
    if (Result.isFailure(applied))
      return Result.fail(commandError("RefusedRule", rule, applied.failure));
    after = applied.success;
  }
  return Result.succeed(after);
};

/** The user that every connection begins as, of a server that has just started. */
export const newDefault: User = {
  ...nobody,
  isOn: true,
  needsNoPassword: true,
  root: { ...nothing, hasAll: true, commands: all, future: true, allKeys: true, allChannels: true },
};

/** The default user with that password, or with none. */
export const withPassword = (user: User, password: Bytes): User => ({
  ...user,
  needsNoPassword: password === "",
  passwords: password === "" ? [] : [hashOf(password)],
});
