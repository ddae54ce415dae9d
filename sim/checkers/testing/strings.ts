/** Histories of string commands at random. */
import fc from "fast-check";
import type { History } from "../history.ts";
import {
  applyCommand,
  type Command,
  type Reply,
  type StringsState,
  stringCommands,
} from "../strings-model.ts";
import { executions, type Sizes } from "./histories.ts";

const keys = fc.constantFrom("k", "l");
const values = fc.constantFrom("a", "b", "1");
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(fc.constantFrom("GET", "DEL", "INCR", "GETDEL", "STRLEN"), keys),
  fc.tuple(fc.constantFrom("SET", "APPEND", "SETNX", "GETSET"), keys, values),
  fc.tuple(fc.constant("CAS"), keys, values, values),
);

/** Replies of any of these commands. */
export const someReply: fc.Arbitrary<Reply> = fc.oneof(
  fc.constantFrom("OK", "a", "b", "1", "2", null),
  fc.constantFrom(0, 1, 2),
  fc.constantFrom<Reply>({ error: "22" }, { error: "20" }),
);

/** Histories of commands of one key each. */
export function stringHistories(sizes: Sizes): fc.Arbitrary<History<Command, Reply>> {
  const apply = (before: StringsState, command: Command) => {
    const { state, reply } = applyCommand(before, command);
    return { state, result: reply };
  };
  return executions({ initial: stringCommands.initial, apply }, commands, sizes);
}
