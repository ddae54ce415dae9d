/** What a run has reached: command by option by kind of reply, each error text its own kind. */

import type { CommandEntry } from "../generators/grammar.ts";

/**
 * The kind of a raw reply, equal for RESP2 and RESP3 where both say the same.
 *
 * `+TEXT`, `-ERROR TEXT` (names given by the client replaced by `…`), `:0 :1 :-1 :-2 :n :-n`,
 * `$` and `$0`, `nil`, `*nil`, `*n` and `*0`, `%`, `~`, `,`, `#`, `=`.
 */
export function replyKind(raw: string): string {
  const line = raw.slice(1, raw.indexOf("\r\n"));
  switch (raw[0]) {
    case "+":
      return `+${line.replace(/^(Value at:).*/, "$1…")}`;
    case "-":
      return `-${anonymous(line)}`;
    case ":":
      return integerKind(line);
    case "$":
      return line === "-1" ? "nil" : line === "0" ? "$0" : "$";
    case "_":
      return "nil";
    case "*":
      return line === "-1" ? "*nil" : line === "0" ? "*0" : "*n";
    case "%":
      return line === "0" ? "%0" : "%";
    case "~":
      return line === "0" ? "~0" : "~";
    default:
      return raw[0] ?? "(nothing)";
  }
}

function integerKind(digits: string): string {
  if (digits === "0" || digits === "1" || digits === "-1" || digits === "-2") return `:${digits}`;
  return digits.startsWith("-") ? ":-n" : ":n";
}

/** Errors that quote what the client has sent: what remains of them. */
const QUOTING: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(ERR unknown command ).*$/s, "$1…"],
  [/^(ERR Error in ACL SETUSER modifier )'.*'(: )/s, "$1…$2"],
  [/^(ERR Unmatched parenthesis in acl selector starting at )'.*'\.$/s, "$1…"],
  [/^(ERR (?:User|Command) )'.*'( not found)$/s, "$1…$2"],
  [/^(ERR Unknown category )'.*'$/s, "$1…"],
  [/^(NOPERM this user has no permissions to run the )'.*'( command)$/s, "$1…$2"],
  [/^(ERR unknown subcommand )'.*(\. Try )/s, "$1…$2"],
  [/^(ERR unknown subcommand or wrong number of arguments for )'.*(\. Try )/s, "$1…$2"],
  [/^(ERR Can't execute )'.*$/s, "$1…"],
  [/^(ERR Unknown option or number of arguments for CONFIG SET - ).*$/s, "$1…"],
  [/^(ERR (?:Unsupported option|Syntax error in HELLO option) ).*$/s, "$1…"],
  [/^(NOGROUP No such key )'.*'( or consumer group )'.*'( in XREADGROUP.*)?$/s, "$1…$2…$3"],
  [/^(NOGROUP No such consumer group )'.*'( for key name )'.*'$/s, "$1…$2…"],
  [/^(ERR Unrecognized XCLAIM option ).*$/s, "$1…"],
  [/^(ERR Prefix )'.*'( overlaps with .* prefix )'.*'\. Prefixes .*$/s, "$1…$2…"],
  [/^(ERR invalid longitude,latitude pair ).*$/s, "$1…"],
  [/^(ERR Unknown (?:option given:|argument) ).*$/s, "$1…"],
  [/^(ERR (?:Unknown client type|No such user|No samples available for event) ).*$/s, "$1…"],
];

/** An error without the words that the client chose. */
function anonymous(text: string): string {
  return QUOTING.reduce((rest, [pattern, kept]) => rest.replace(pattern, kept), text);
}

/** Counts what each command answered. */
export class Coverage {
  readonly #counts = new Map<string, Map<string, Map<string, number>>>();
  #commands = 0;

  /** Replies counted. */
  get commands(): number {
    return this.#commands;
  }

  /** Adds one reply to a command used with these options. */
  add(name: string, options: ReadonlyArray<string>, kind: string): void {
    this.#commands += 1;
    const distinct = new Set(options.length === 0 ? ["-"] : options);
    for (const option of distinct) this.#bump(name, option, kind);
  }

  /** Counts something else about a reply that has been added. */
  note(name: string, option: string, kind: string): void {
    this.#bump(name, option, kind);
  }

  #bump(name: string, option: string, kind: string): void {
    const byOption = this.#counts.get(name) ?? new Map<string, Map<string, number>>();
    this.#counts.set(name, byOption);
    const byKind = byOption.get(option) ?? new Map<string, number>();
    byOption.set(option, byKind);
    byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
  }

  /** One line per command and option: each kind of reply with its count, most frequent first. */
  table(): string {
    const lines: Array<string> = [];
    for (const [name, byOption] of sorted(this.#counts)) {
      lines.push(name);
      for (const [option, byKind] of sorted(byOption)) {
        const kinds = [...byKind].sort((a, b) => b[1] - a[1]);
        const text = kinds.map(([kind, count]) => `${kind} ${count}`).join(" · ");
        lines.push(`  ${option.padEnd(14)} ${text}`);
      }
    }
    return lines.join("\n");
  }

  /** What the entries declare reachable and this run never saw. */
  neverReached(entries: ReadonlyArray<CommandEntry>): ReadonlyArray<string> {
    return [...new Set(entries.flatMap((entry) => this.missing(entry)))];
  }

  /** What one entry declares and this run never saw. */
  missing(entry: CommandEntry): ReadonlyArray<string> {
    const byOption = this.#counts.get(entry.name) ?? new Map<string, Map<string, number>>();
    const kinds = new Set([...byOption.values()].flatMap((byKind) => [...byKind.keys()]));
    return [
      ...entry.replies
        .filter((kind) => !kinds.has(kind))
        .map((kind) => `${entry.name} never answered ${kind}`),
      ...entry.options
        .filter((option) => !hasSuccess(byOption.get(option)))
        .map((option) => `${entry.name} ${option} never succeeded`),
    ];
  }
}

function hasSuccess(byKind: ReadonlyMap<string, number> | undefined): boolean {
  return [...(byKind?.keys() ?? [])].some((kind) => !kind.startsWith("-") && kind !== "+QUEUED");
}

function sorted<T>(map: ReadonlyMap<string, T>): ReadonlyArray<readonly [string, T]> {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
