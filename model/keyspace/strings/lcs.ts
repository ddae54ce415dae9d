/** LCS: the longest common subsequence of two strings. */
import { Result } from "effect";
import { answer, argument, valueAt } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, integer, map } from "../reply.ts";
import { word } from "../text.ts";

interface Options {
  readonly idx: boolean;
  readonly len: boolean;
  readonly withmatchlen: boolean;
  readonly minmatchlen: bigint;
}

/** A run of bytes that both strings share, by the positions of its first and last byte. */
interface Match {
  readonly first: readonly [start: number, end: number];
  readonly second: readonly [start: number, end: number];
}

/** LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN] */
export const lcs: Meaning = (call) =>
  Result.gen(function* () {
    const first = yield* text(call, 1);
    const second = yield* text(call, 2);
    const options = yield* parseOptions(call.args.slice(3));
    if (options.len && options.idx) return yield* fail("LcsLengthAndIndexes");
    const tableBytes = 4n * BigInt(first.length + 1) * BigInt(second.length + 1);
    if (tableBytes > call.state.config.protoMaxBulkLen) return yield* fail("LcsTooLarge");
    const lengths = prefixLengths(first, second);
    const length = integer(lengths[first.length]?.[second.length] ?? 0);
    if (options.len) return yield* answer(call, length);
    const matches = walkBack(first, second, lengths);
    if (!options.idx) return yield* answer(call, bulk(commonBytes(first, matches)));
    const shown = matches.filter((match) => BigInt(matchLength(match)) >= options.minmatchlen);
    const ranges = shown.map(({ first: [a, b], second: [c, d] }) => {
      const pair = [array([integer(a), integer(b)]), array([integer(c), integer(d)])];
      return array(options.withmatchlen ? [...pair, integer(b - a + 1)] : pair);
    });
    return yield* answer(
      call,
      map([
        [bulk("matches"), array(ranges)],
        [bulk("len"), length],
      ]),
    );
  });

const text = (call: Call, position: number): Result.Result<Bytes, CommandError> => {
  const value = valueAt(call, argument(call, position), "string");
  if (Result.isFailure(value)) return fail("LcsNotStrings");
  return Result.succeed(value.success?.bytes ?? "");
};

const parseOptions = (args: ReadonlyArray<Bytes>): Result.Result<Options, CommandError> =>
  Result.gen(function* () {
    let options: Options = { idx: false, len: false, withmatchlen: false, minmatchlen: 0n };
    for (let i = 0; i < args.length; i += 1) {
      const option = word(args[i] as Bytes);
      if (option === "idx" || option === "len" || option === "withmatchlen") {
        options = { ...options, [option]: true };
      } else if (option === "minmatchlen" && i + 1 < args.length) {
        i += 1;
        options = { ...options, minmatchlen: yield* integerArgument(args[i] as Bytes) };
      } else {
        return yield* fail("Syntax");
      }
    }
    return options;
  });

/** `table[i][j]`: the length of the common subsequence of the first i and the first j bytes. */
const prefixLengths = (first: Bytes, second: Bytes): ReadonlyArray<ReadonlyArray<number>> => {
  const table: Array<Array<number>> = [new Array<number>(second.length + 1).fill(0)];
  for (let i = 1; i <= first.length; i += 1) {
    const above = table[i - 1] as Array<number>;
    const row = [0];
    for (let j = 1; j <= second.length; j += 1)
      row.push(
        first[i - 1] === second[j - 1]
          ? (above[j - 1] as number) + 1
          : Math.max(above[j] as number, row[j - 1] as number),
      );
    table.push(row);
  }
  return table;
};

/** The matches from the last to the first; between two ways of the same length, back in `second`. */
const walkBack = (
  first: Bytes,
  second: Bytes,
  table: ReadonlyArray<ReadonlyArray<number>>,
): ReadonlyArray<Match> => {
  const matches: Array<Match> = [];
  let i = first.length;
  let j = second.length;
  while (i > 0 && j > 0) {
    if (first[i - 1] === second[j - 1]) {
      const ends = [i - 1, j - 1] as const;
      while (i > 0 && j > 0 && first[i - 1] === second[j - 1]) {
        i -= 1;
        j -= 1;
      }
      matches.push({ first: [i, ends[0]], second: [j, ends[1]] });
    } else if ((table[i - 1]?.[j] as number) > (table[i]?.[j - 1] as number)) {
      i -= 1;
    } else {
      j -= 1;
    }
  }
  return matches;
};

const matchLength = ({ first: [start, end] }: Match): number => end - start + 1;

const commonBytes = (first: Bytes, matches: ReadonlyArray<Match>): Bytes =>
  matches
    .map(({ first: [start, end] }) => first.slice(start, end + 1))
    .reverse()
    .join("");
