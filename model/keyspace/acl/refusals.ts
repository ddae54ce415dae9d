/** What was refused lately. */
import type { State } from "../state.ts";
import type { Refusal } from "./user.ts";

/** `acllog-max-len`, as Redis has it. */
const MOST = 128;
const LOOKED_AT = 10;
const SAME_MS = 60_000n;

type Facts = Pick<Refusal, "reason" | "context" | "object" | "username">;

const isAlike = (a: Refusal, b: Facts, nowMs: bigint): boolean =>
  (["reason", "context", "object", "username"] as const).every((field) => a[field] === b[field]) &&
  nowMs - a.atMs <= SAME_MS;

/** Something was refused: one entry more, or one more of an entry that tells of the same. */
export const refused = (state: State, facts: Facts, nowMs: bigint): State => {
  const { refusals } = state;
  const at = refusals.slice(0, LOOKED_AT).findIndex((one) => isAlike(one, facts, nowMs));
  const count = (refusals[at]?.count ?? 0) + 1;
  const others = refusals.filter((_, i) => i !== at);
  const entry = { ...facts, count, atMs: nowMs };
  return { ...state, refusals: [entry, ...others].slice(0, MOST) };
};
