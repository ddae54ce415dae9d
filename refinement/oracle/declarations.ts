/**
 * What COMMAND INFO and COMMAND DOCS say, read from the bytes of a reply, in a form that two
 * servers must agree on: prose is blanked, and subcommands are told apart by name, since Redis
 * lists them in the order of a random hash.
 */

/** A reply: its kind with its parts, or a text or number with its kind. */
export type Reply =
  | { readonly kind: "array" | "set" | "map"; readonly items: readonly Reply[] }
  | { readonly kind: "simple" | "bulk" | "integer" | "null" | "error"; readonly text: string };

const AGGREGATES = new Map<string, "array" | "set" | "map">([
  ["*", "array"],
  ["~", "set"],
  ["%", "map"],
]);
const SCALARS = new Map<string, "simple" | "integer" | "error" | "null">([
  ["+", "simple"],
  [":", "integer"],
  ["-", "error"],
  ["_", "null"],
]);

/** Decodes one reply; the text has one character per byte. Map items alternate key and value. */
export function decodeReply(text: string): Reply {
  let at = 0;
  const line = (): string => {
    const end = text.indexOf("\r\n", at);
    if (end === -1) throw new Error("the reply is cut short");
    const taken = text.slice(at, end);
    at = end + 2;
    return taken;
  };
  const next = (): Reply => {
    const head = line();
    const type = head[0] ?? "";
    const rest = head.slice(1);
    const aggregate = AGGREGATES.get(type);
    if (aggregate !== undefined) {
      const count = Number(rest) * (aggregate === "map" ? 2 : 1);
      return { kind: aggregate, items: Array.from({ length: count }, next) };
    }
    if (type === "$") {
      const length = Number(rest);
      if (length === -1) return { kind: "null", text: "" };
      const body = text.slice(at, at + length);
      at += length + 2;
      return { kind: "bulk", text: body };
    }
    const scalar = SCALARS.get(type);
    if (scalar === undefined) throw new Error(`no such type: ${head}`);
    return { kind: scalar, text: rest };
  };
  const reply = next();
  if (at !== text.length) throw new Error("bytes follow the reply");
  return reply;
}

/** The parts of an aggregate. */
export function itemsOf(reply: Reply): readonly Reply[] {
  if (!("items" in reply)) throw new Error(`not an aggregate: ${JSON.stringify(reply)}`);
  return reply.items;
}

/** The text of a scalar. */
export function textOf(reply: Reply): string {
  if (!("text" in reply)) throw new Error("not a scalar");
  return reply.text;
}

/** Key and value of a map's entries, in RESP2 too, where a map is an array. */
function entriesOf(reply: Reply): (readonly [key: string, value: Reply])[] {
  const items = itemsOf(reply);
  const entries: (readonly [string, Reply])[] = [];
  for (let i = 0; i < items.length; i += 2) entries.push([textOf(items[i]!), items[i + 1]!]);
  return entries;
}

/** The facts of one command by name; those of subcommands stand beside their parent's. */
export type Facts = Map<string, unknown>;

const SUBCOMMANDS_AT = 9;

/** The facts of the commands in a reply of COMMAND INFO; names that are no command are left out. */
export function infoFacts(reply: Reply): Facts {
  const facts: Facts = new Map();
  const add = (command: Reply): void => {
    if (command.kind === "null") return;
    const items = itemsOf(command);
    const subcommands = items[SUBCOMMANDS_AT]!;
    facts.set(textOf(items[0]!), [...items.slice(0, SUBCOMMANDS_AT), subcommands.kind]);
    for (const sub of itemsOf(subcommands)) add(sub);
  };
  for (const command of itemsOf(reply)) add(command);
  return facts;
}

/** Fields of COMMAND DOCS that are prose: each server has its own. */
const PROSE: ReadonlySet<string> = new Set(["summary", "complexity"]);
const BLANK: Reply = { kind: "bulk", text: "" };

/** The facts of the commands in a reply of COMMAND DOCS. */
export function docsFacts(reply: Reply): Facts {
  const facts: Facts = new Map();
  const add = (name: string, docs: Reply): void => {
    const kept = entriesOf(docs).map(([key, value]) => {
      if (PROSE.has(key)) return [key, BLANK];
      if (key === "history") return [key, versionsOnly(value)];
      if (key !== "subcommands") return [key, value];
      for (const [subName, sub] of entriesOf(value)) add(subName, sub);
      return [key, value.kind];
    });
    facts.set(name, [docs.kind, kept]);
  };
  for (const [name, docs] of entriesOf(reply)) add(name, docs);
  return facts;
}

function versionsOnly(history: Reply): Reply {
  const items = itemsOf(history).map((change): Reply => {
    const [version] = itemsOf(change);
    return { kind: "array", items: [version!, BLANK] };
  });
  return history.kind === "set" ? { kind: "set", items } : { kind: "array", items };
}
