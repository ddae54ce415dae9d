/** What a user may do now: the one place that says whether a request is allowed. */
import { matchGlob } from "../resp/glob.ts";
import type { Request } from "../resp/request.ts";
import { type ChannelPattern, KEY_USE, type Selector } from "./selector.ts";
import type { User } from "./user.ts";

/** A key of a request, and how the command uses it. */
export interface UsedKey {
  readonly position: number;
  readonly flags: readonly string[];
}

/** The channels that a request names. */
export interface UsedChannels {
  readonly first: number;
  readonly last: number;
  /** They are patterns, which must be allowed word for word. */
  readonly arePatterns: boolean;
}

/** What is asked for. */
export interface Wanted {
  /** The command's number in the catalog. */
  readonly id: number;
  /** It is allowed to everybody, as AUTH is. */
  readonly isOpen: boolean;
  readonly request: Request;
  /** Where its words begin in the request: 0, but for ACL DRYRUN's. */
  readonly keys: readonly UsedKey[];
  readonly channels: UsedChannels | null;
}

/** Why something is not allowed, and the argument that it is about. */
export interface Denial {
  readonly reason: "command" | "key" | "channel";
  readonly argument: number;
}

/** How telling a reason is where selectors have different ones. */
const RANK = { command: 1, key: 2, channel: 3 } as const;

/**
 * Whether any of the user's selectors allows it; null when one does. Otherwise the most telling of
 * their reasons: of those about the same kind of thing the last argument.
 */
export function denialOf(user: User, wanted: Wanted): Denial | null {
  if (user.isUnrestricted) return null;
  let reason: Denial["reason"] = "command";
  let argument = 0;
  // As in Redis, a selector that does not allow the command has no argument of its own.
  let lastArgument = 0;
  for (const selector of user.selectors) {
    const denial = denialBySelector(selector, wanted);
    if (denial === null) return null;
    if (denial.reason !== "command") lastArgument = denial.argument;
    const isMore = RANK[denial.reason] > RANK[reason];
    if (isMore || (denial.reason === reason && lastArgument > argument)) {
      reason = denial.reason;
      argument = lastArgument;
    }
  }
  return { reason, argument };
}

/** Whether one selector allows the request and reading whatever key: SORT's BY and GET ask for it. */
export function mayReadAnyKey(user: User, wanted: Wanted): boolean {
  if (user.isUnrestricted) return true;
  return user.selectors.some(
    (selector) => denialBySelector(selector, wanted) === null && readsAnyKey(selector),
  );
}

function readsAnyKey({ allKeys, keys }: Selector): boolean {
  return allKeys || keys.some(({ text, uses }) => text === "*" && (uses & KEY_USE.read) !== 0);
}

const NOT_THE_COMMAND: Denial = { reason: "command", argument: 0 };

function denialBySelector(selector: Selector, wanted: Wanted): Denial | null {
  if (!allowsCommand(selector, wanted)) return NOT_THE_COMMAND;
  const { request, keys, channels } = wanted;
  if (!selector.allKeys) {
    for (const { position, flags } of keys) {
      if (!allowsKey(selector, request, position, usesOf(flags))) {
        return { reason: "key", argument: position };
      }
    }
  }
  if (channels !== null && !selector.allChannels) {
    for (let i = channels.first; i <= channels.last; i++) {
      if (!allowsChannel(selector.channels, request, i, channels.arePatterns)) {
        return { reason: "channel", argument: i };
      }
    }
  }
  return null;
}

function allowsCommand(selector: Selector, { id, isOpen, request }: Wanted): boolean {
  if (selector.allCommands || isOpen || selector.allowed.has(id)) return true;
  const words = selector.firstArguments.get(id);
  if (words === undefined || request.argc < 2) return false;
  const given = request.cText(1).toLowerCase();
  return words.some((word) => word.toLowerCase() === given);
}

function usesOf(flags: readonly string[]): number {
  let uses = 0;
  for (const flag of flags) {
    if (flag === "access") uses |= KEY_USE.read;
    else if (flag === "insert" || flag === "delete" || flag === "update") uses |= KEY_USE.write;
  }
  return uses;
}

function allowsKey({ keys }: Selector, request: Request, i: number, needed: number): boolean {
  const { bytes, offsets, lengths } = request;
  for (const pattern of keys) {
    if ((pattern.uses & needed) !== needed) continue;
    const { length } = pattern.bytes;
    if (matchGlob(pattern.bytes, 0, length, bytes, offsets[i]!, lengths[i]!)) return true;
  }
  return false;
}

function allowsChannel(
  allowed: readonly ChannelPattern[],
  request: Request,
  i: number,
  isPattern: boolean,
): boolean {
  const { bytes, offsets, lengths } = request;
  return allowed.some((pattern) =>
    isPattern
      ? pattern.text === request.cText(i)
      : matchGlob(pattern.bytes, 0, pattern.bytes.length, bytes, offsets[i]!, lengths[i]!),
  );
}

/**
 * Whether a subscription may go on under new rules: whether any selector allows what it listens to.
 *
 * @param name the channel or the pattern
 */
export function mayListen(user: User, name: string, isPattern: boolean): boolean {
  const bytes = Buffer.from(name, "latin1");
  return user.selectors.some(
    ({ allChannels, channels }) =>
      allChannels ||
      channels.some((pattern) =>
        isPattern
          ? pattern.text === name
          : matchGlob(pattern.bytes, 0, pattern.bytes.length, bytes, 0, bytes.length),
      ),
  );
}
