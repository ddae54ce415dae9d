/** Which arguments of a command are keys. */
import type { Command } from "./command.ts";
import type { Bytes } from "./reply.ts";
import { word } from "./text.ts";

/**
 * The keys that a command names; null where it says that there are more than it gives.
 *
 * @param keys the command's declaration of them
 * @param args the whole command, its name included
 */
export const namedKeys = (
  keys: NonNullable<Command["keys"]>,
  args: ReadonlyArray<Bytes>,
): ReadonlyArray<Bytes> | null => {
  if ("count" in keys) {
    const { count } = keys;
    const most = Number(args[count]);
    const isPossible = most > 0 && count + most < args.length;
    if (!isPossible) return null;
    const first = "first" in keys ? [args[keys.first as number] as Bytes] : [];
    return [...first, ...args.slice(count + 1, count + 1 + most)];
  }
  const { first, last, step, behind } = keys;
  const end = last < 0 ? args.length + last : last;
  const stored = (behind?.words ?? []).flatMap((option) => {
    const at = args.findIndex((arg, i) => i >= (behind?.from ?? 0) && word(arg) === option);
    return at < 0 ? [] : args.slice(at + 1, at + 2);
  });
  const plain = args.filter((_, i) => i >= first && i <= end && (i - first) % step === 0);
  return [...plain, ...stored];
};
