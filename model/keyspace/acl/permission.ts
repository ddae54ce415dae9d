/** What a user may do. */
import type { Bytes } from "../bytes.ts";
import { matchesName } from "../glob.ts";
import { lower, word } from "../text.ts";
import { type UsedKey, usedKeys } from "./keys.ts";
import type { Selector, User } from "./user.ts";

/** Why something is refused, and the argument that it is about. */
export interface Denial {
  readonly reason: "command" | "key" | "channel";
  readonly position: number;
}

type Args = ReadonlyArray<Bytes>;

/** Everybody may run these. */
const OPEN = new Set(["auth", "hello", "quit", "reset"]);

/** Where a command names channels, and whether they are patterns. */
const channelsOf = (name: Bytes, args: Args) => {
  const last = name === "publish" || name === "spublish" ? 1 : args.length - 1;
  const isOne = ["subscribe", "psubscribe", "ssubscribe", "publish", "spublish"].includes(name);
  return { positions: isOne ? args.map((_, i) => i).slice(1, last + 1) : [] };
};

const allowsCommand = (selector: Selector, name: Bytes, args: Args): boolean => {
  if (selector.hasAll || OPEN.has(name) || selector.commands.has(name)) return true;
  const [, first] = args;
  const words = selector.firstArguments.get(name) ?? [];
  return first !== undefined && words.some((one) => lower(one) === word(first));
};

const allowsKey = ({ keys }: Selector, { position, reads, writes }: UsedKey, args: Args): boolean =>
  [...keys].some(
    ([pattern, may]) =>
      (may.read || !reads) && (may.write || !writes) && matchesName(pattern, args[position] ?? ""),
  );

/** Whether a selector allows listening or publishing; a pattern must be allowed word for word. */
export const allowsChannel = (selector: Selector, name: Bytes, isPattern: boolean): boolean =>
  selector.allChannels ||
  (isPattern
    ? selector.channels.has(name)
    : [...selector.channels].some((pattern) => matchesName(pattern, name)));

const denialBy = (selector: Selector, name: Bytes, args: Args): Denial | undefined => {
  if (!allowsCommand(selector, name, args)) return { reason: "command", position: 0 };
  const key = selector.allKeys
    ? undefined
    : usedKeys(name, args).find((one) => !allowsKey(selector, one, args));
  if (key !== undefined) return { reason: "key", position: key.position };
  const channel = channelsOf(name, args).positions.find(
    (i) => !allowsChannel(selector, args[i] ?? "", name === "psubscribe"),
  );
  return channel === undefined ? undefined : { reason: "channel", position: channel };
};

const RANK = { command: 1, key: 2, channel: 3 } as const;

/** A user's selectors. */
export const selectorsOf = ({ root, others }: User): ReadonlyArray<Selector> => [root, ...others];

/** Why no selector of the user allows a command whose arity is right; nothing where one does. */
export const denial = (user: User, name: Bytes, args: Args): Denial | undefined => {
  const denials: Denial[] = [];
  for (const selector of selectorsOf(user)) {
    const one = denialBy(selector, name, args);
    if (one === undefined) return undefined;
    denials.push(one);
  }
  const [most] = denials.sort((a, b) => RANK[b.reason] - RANK[a.reason] || b.position - a.position);
  return most;
};

/** Whether a selector allows the command, and reading any key. */
export const readsAnyKey = (user: User, name: Bytes, args: Args): boolean =>
  selectorsOf(user).some(
    (selector) =>
      denialBy(selector, name, args) === undefined &&
      (selector.allKeys || selector.keys.get("*")?.read === true),
  );
