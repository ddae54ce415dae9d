/** Ranges of members: by rank, by score, by name. */
import { Result } from "effect";
import { borderNumber } from "../doubles.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import type { Member, Members } from "./value.ts";

/** What a range is made of. */
export type RangeKind = "rank" | "score" | "lex";

/** The members of a sorted set that are in a range, from the lowest to the highest. */
export type Selection = (members: Members) => Members;

/**
 * The range between two arguments.
 *
 * @param isReversed ranks count from the highest
 */
export const parseRange = (
  kind: RangeKind,
  min: Bytes,
  max: Bytes,
  isReversed = false,
): Result.Result<Selection, CommandError> => {
  if (kind === "rank") return rankRange(min, max, isReversed);
  return kind === "score" ? scoreRange(min, max) : nameRange(min, max);
};

const rankRange = (start: Bytes, stop: Bytes, isReversed: boolean) =>
  Result.gen(function* () {
    const from = yield* integerArgument(start);
    const to = yield* integerArgument(stop);
    return (members: Members): Members => {
      const size = BigInt(members.length);
      const first = from < 0n ? from + size : from;
      const last = to < 0n ? to + size : to;
      const isIn = (rank: number): boolean => rank >= first && rank <= last;
      return members.filter((_, i) => isIn(isReversed ? members.length - 1 - i : i));
    };
  });

interface ScoreBorder {
  readonly score: number;
  readonly isOpen: boolean;
}

const scoreBorder = (bytes: Bytes): ScoreBorder | undefined => {
  const isOpen = bytes.startsWith("(");
  const score = borderNumber(isOpen ? bytes.slice(1) : bytes);
  return score === undefined ? undefined : { score, isOpen };
};

const scoreRange = (minimum: Bytes, maximum: Bytes): Result.Result<Selection, CommandError> => {
  const min = scoreBorder(minimum);
  const max = scoreBorder(maximum);
  if (min === undefined || max === undefined) return fail("RangeNotAFloat");
  return Result.succeed((members) =>
    members.filter(
      ({ score }) =>
        (min.isOpen ? score > min.score : score >= min.score) &&
        (max.isOpen ? score < max.score : score <= max.score),
    ),
  );
};

/** A name, or what is before or behind all names. */
type NameBorder = { readonly name: Bytes; readonly isOpen: boolean } | "-" | "+";

const nameBorder = (bytes: Bytes): NameBorder | undefined => {
  const [mark, next = "\0"] = bytes;
  if (mark === "-" || mark === "+") return next === "\0" ? mark : undefined;
  if (mark !== "(" && mark !== "[") return undefined;
  return { name: bytes.slice(1), isOpen: mark === "(" };
};

const isAbove = (name: Bytes, border: NameBorder): boolean => {
  if (typeof border === "string") return border === "-";
  return border.isOpen ? name > border.name : name >= border.name;
};

const isBelow = (name: Bytes, border: NameBorder): boolean => {
  if (typeof border === "string") return border === "+";
  return border.isOpen ? name < border.name : name <= border.name;
};

/** Where scores differ, Redis goes on from the first member that is above, as long as they are below. */
const nameRange = (minimum: Bytes, maximum: Bytes): Result.Result<Selection, CommandError> => {
  const min = nameBorder(minimum);
  const max = nameBorder(maximum);
  if (min === undefined || max === undefined) return fail("RangeNotAString");
  return Result.succeed((members) => {
    const [first, last] = [members[0] as Member, members.at(-1) as Member];
    if (isEmpty(min, max) || !isAbove(last.name, min) || !isBelow(first.name, max)) return [];
    const from = members.findIndex(({ name }) => isAbove(name, min));
    const end = members.findIndex(({ name }, i) => i >= from && !isBelow(name, max));
    return members.slice(from, end < 0 ? members.length : end);
  });
};

const isEmpty = (min: NameBorder, max: NameBorder): boolean => {
  if (min === "+" || max === "-") return true;
  if (min === "-" || max === "+") return false;
  return min.name > max.name || (min.name === max.name && (min.isOpen || max.isOpen));
};
