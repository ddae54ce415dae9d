/** What of SORT two servers need not do alike. */
import { call, type Invocation, type Step } from "../generators/step.ts";

const READS_ERRNO: ReadonlySet<string> = new Set(["SORT", "SORT_RO", "EXEC"]);

/** Lets C's error number be 0, since reading a score does; no key changes. */
export const FORGET_ERRNO = ["ZADD", "(no key)", "XX", "1", "member"];

/** Whether a command reads C's error number, in which Redis may find what an earlier number has left behind. */
export const readsErrno = (name: string): boolean => READS_ERRNO.has(name);

/** The steps to take for a command: the error number is forgotten first where that is read. */
export function withoutErrno(step: Extract<Step, { _tag: "Command" }>): readonly (typeof step)[] {
  if (!readsErrno(step.invocation.name)) return [step];
  const [name = "", ...args] = FORGET_ERRNO;
  return [{ ...step, invocation: call(name, ...args) }, step];
}

/** Whether a command stores what may come in any order: elements of a table with equal weights. */
export function storesInAnyOrder({ name, args }: Invocation): boolean {
  const has = (word: string): boolean =>
    args.some((arg) => String(arg).split("\0", 1)[0]!.toLowerCase() === word);
  return name === "SORT" && has("store") && has("alpha") && has("by");
}
