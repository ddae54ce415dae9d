/** Sorted sets. */
import { Schema } from "effect";
import { Bytes } from "../bytes.ts";

/** A member with its score. */
export const Member = Schema.Struct({
  name: Bytes,
  score: Schema.Number.check(Schema.makeFilter((score) => !Number.isNaN(score))),
});
/** A member with its score. */
export interface Member extends Schema.Schema.Type<typeof Member> {}

/** Members from the lowest to the highest. */
export type Members = ReadonlyArray<Member>;

/** Which of two members comes first: by score, then by name. */
export const compareMembers = (a: Member, b: Member): number => {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
};

const isOrdered = (members: Members): boolean =>
  members.every((member, i) => i === 0 || compareMembers(members[i - 1] as Member, member) < 0);

const MAX_LISTPACK_ENTRIES = 128;
const MAX_LISTPACK_BYTES = 64;

/** Whether a member makes its sorted set a skiplist. */
const isLong = ({ name }: Member): boolean => name.length > MAX_LISTPACK_BYTES;

/** A sorted set. There is no empty one. */
export const SortedSetValue = Schema.Struct({
  type: Schema.Literal("zset"),
  members: Schema.Array(Member).check(
    Schema.makeFilter(
      (members) =>
        members.length > 0 &&
        isOrdered(members) &&
        new Set(members.map(({ name }) => name)).size === members.length,
    ),
  ),
  encoding: Schema.Literals(["listpack", "skiplist"]),
});
/** A sorted set. There is no empty one. */
export interface SortedSetValue extends Schema.Schema.Type<typeof SortedSetValue> {}

/** A sorted set of these members, which is a skiplist if it was one or must be one. A listpack knows no -0. */
export const sortedSetOf = (members: Members, wasSkiplist: boolean): SortedSetValue => {
  const mustBe = members.length > MAX_LISTPACK_ENTRIES || members.some(isLong);
  const encoding = wasSkiplist || mustBe ? "skiplist" : "listpack";
  const kept =
    encoding === "skiplist"
      ? members
      : members.map((member) => ({ ...member, score: member.score === 0 ? 0 : member.score }));
  return { type: "zset", members: kept.toSorted(compareMembers), encoding };
};
