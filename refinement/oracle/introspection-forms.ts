/** Forms of replies in which equal means alike. */

import { decode, encode, type Reply } from "./model.ts";

/** The text of a string of any kind; for other replies their RESP3 encoding. */
export function textOf(reply: Reply): string {
  if (reply._tag === "Bulk") return reply.bytes;
  if (reply._tag === "Simple" || reply._tag === "Verbatim") return reply.text;
  return encode(reply, 3);
}

/** The items of an array or a set; the keys and values of a map; none of anything else. */
export function itemsOf(reply: Reply): ReadonlyArray<Reply> {
  if (reply._tag === "Array" || reply._tag === "Set") return reply.items;
  return reply._tag === "Map" ? reply.entries.flat() : [];
}

/** The pairs of a map, or of the flat array that stands for it in RESP2. */
export function entriesOf(reply: Reply): ReadonlyArray<readonly [Reply, Reply]> {
  if (reply._tag === "Map") return reply.entries;
  const items = itemsOf(reply);
  return Array.from({ length: items.length / 2 }, (_, at) => [items[2 * at]!, items[2 * at + 1]!]);
}

/** Keys of COMMAND DOCS whose values are prose: Veridis explains in its own words. */
const PROSE = new Set(["summary", "complexity", "history"]);

/**
 * A HELP text without its explanations, which are indented.
 *
 * @param kept says of the name that begins a line whether the line counts
 */
export function withoutExplanations(raw: string, kept: (name: string) => boolean): string {
  const { reply } = decode(raw);
  if (reply._tag !== "Array") return raw;
  return reply.items
    .map(textOf)
    .filter((line, at) => at === 0 || (!line.startsWith("    ") && kept(line.split(/[ (]/)[0]!)))
    .join("\n");
}

/** COMMAND DOCS' reply without its prose. */
export function withoutProse(reply: Reply): Reply {
  if (reply._tag === "Map") {
    const entries = reply.entries.map(
      ([key, value]) => [key, PROSE.has(textOf(key)) ? prose(value) : withoutProse(value)] as const,
    );
    return { _tag: "Map", entries };
  }
  if (reply._tag !== "Array") return reply;
  const items = reply.items.map((item, at) => {
    const key = reply.items[at - 1];
    const isProse = at % 2 === 1 && key?._tag === "Bulk" && PROSE.has(key.bytes);
    return isProse ? prose(item) : withoutProse(item);
  });
  return { _tag: "Array", items };
}

/** What remains of prose: a text, or the versions to which texts belong. */
function prose(value: Reply): Reply {
  if (value._tag !== "Array" && value._tag !== "Set") return { _tag: "Bulk", bytes: "(prose)" };
  return { _tag: "Array", items: value.items.map((item) => itemsOf(item)[0] ?? item) };
}

/**
 * A description of a command without prose and with its subcommands sorted by name.
 *
 * Redis lists subcommands in the order of a hash table with a random seed: as arrays that begin
 * with the name in COMMAND INFO, as map entries in COMMAND DOCS.
 *
 * @param leftOut names of subcommands that do not count
 */
export function canonical(raw: string, leftOut: ReadonlySet<string>): string {
  return encode(sortSubcommands(withoutProse(decode(raw).reply), leftOut), 3);
}

function sortSubcommands(reply: Reply, leftOut: ReadonlySet<string>): Reply {
  if (reply._tag === "Map") {
    const entries = reply.entries
      .map(([key, value]) => [key, sortSubcommands(value, leftOut)] as const)
      .filter(([key]) => !leftOut.has(textOf(key)));
    if (!entries.some(([key]) => textOf(key).includes("|"))) return { ...reply, entries };
    return { ...reply, entries: entries.toSorted(([a], [b]) => order(textOf(a), textOf(b))) };
  }
  if (reply._tag !== "Array") return reply;
  const items = reply.items.map((item) => sortSubcommands(item, leftOut));
  if (isFlatMapOfSubcommands(items)) return sortSubcommands(asMap(items), leftOut);
  const kept = items.filter((item) => !leftOut.has(subcommandName(item)));
  if (!kept.some((item) => subcommandName(item) !== "")) return { ...reply, items: kept };
  const sorted = kept.toSorted((a, b) => order(subcommandName(a), subcommandName(b)));
  return { ...reply, items: sorted };
}

/** `a|b` when the item describes that subcommand, else nothing. */
function subcommandName(item: Reply): string {
  const [first] = item._tag === "Array" ? item.items : [];
  const name = first?._tag === "Bulk" ? first.bytes : "";
  return name.includes("|") ? name : "";
}

function isFlatMapOfSubcommands(items: ReadonlyArray<Reply>): boolean {
  const [first, second] = items;
  if (items.length % 2 !== 0 || first?._tag !== "Bulk" || second?._tag !== "Array") return false;
  return /^[a-z-]+\|[a-z-]+$/.test(first.bytes);
}

function asMap(items: ReadonlyArray<Reply>): Reply {
  return { _tag: "Map", entries: entriesOf({ _tag: "Array", items }) };
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1;
}
