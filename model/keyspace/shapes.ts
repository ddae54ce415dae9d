/** Replies of which only the shape is fixed: times, counters, texts about the environment. */
import { argument } from "./call.ts";
import type { Call } from "./command.ts";
import { type Bytes, type Reply, satisfies } from "./reply.ts";
import { cString, upper } from "./text.ts";

/** An integer that is not negative. */
export const count: Reply = satisfies(
  "a count",
  (reply) => reply._tag === "Integer" && reply.value >= 0n,
);

/** The text of a reply that carries one; a verbatim string comes as a bulk string in RESP2. */
export const textOf = (reply: Reply): Bytes | undefined => {
  if (reply._tag === "Bulk") return reply.bytes;
  return reply._tag === "Verbatim" || reply._tag === "Simple" ? reply.text : undefined;
};

/** A text that the test accepts. */
export const text = (name: string, test: (text: Bytes) => boolean): Reply =>
  satisfies(name, (reply) => {
    const found = textOf(reply);
    return found !== undefined && test(found);
  });

/** Any text. */
export const anyText: Reply = text("a report", () => true);

/** A list of any length whose items pass the test. */
export const list = (name: string, test: (item: Reply) => boolean): Reply =>
  satisfies(name, (reply) => reply._tag === "Array" && reply.items.every(test));

/** The pairs of a map; in RESP2 they come as a flat array. */
export const pairsOf = (
  reply: Reply | undefined,
): ReadonlyArray<readonly [Reply, Reply]> | undefined => {
  if (reply?._tag === "Map") return reply.entries;
  if (reply?._tag !== "Array" || reply.items.length % 2 !== 0) return undefined;
  const pairs: Array<readonly [Reply, Reply]> = [];
  for (let i = 0; i < reply.items.length; i += 2)
    pairs.push([reply.items[i] as Reply, reply.items[i + 1] as Reply]);
  return pairs;
};

/** A map whose keys are texts and whose values pass the test. */
export const table = (name: string, test: (value: Reply, key: Bytes) => boolean): Reply =>
  satisfies(name, (reply) => {
    const pairs = pairsOf(reply);
    if (pairs === undefined) return false;
    return pairs.every(([key, value]) => {
      const found = textOf(key);
      return found !== undefined && test(value, found);
    });
  });

/** What `<command> HELP` answers: a fixed first and last line, explanations between them. */
export const help = (call: Call): Reply => {
  const title = `${upper(cString(argument(call, 0)))} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`;
  const isLine = (reply: Reply | undefined, line: Bytes): boolean =>
    reply?._tag === "Simple" && reply.text === line;
  return satisfies("an explanation of the subcommands", (reply) => {
    if (reply._tag !== "Array" || reply.items.length < 3) return false;
    const [first] = reply.items;
    const last = reply.items.slice(-2);
    const isText = reply.items.every((item) => item._tag === "Simple");
    const isFramed = isLine(first, title) && isLine(last[0], "HELP");
    return isText && isFramed && isLine(last[1], "    Prints this help.");
  });
};
