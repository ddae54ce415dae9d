/** A selector: some commands, on some keys and channels. A user may do what one of its selectors allows. */
import { cString } from "../config/numbers.ts";
import { Allowed, describeAllowed } from "./allowed.ts";
import type { Catalog, KnownCommand } from "./catalog.ts";
import { categoryBit } from "./categories.ts";
import { hasSpaces, REFUSED_RULE, type RefusedRule } from "./refused-rule.ts";

/** How keys are used, as bits: what a pattern allows, and what a command needs. */
export const KEY_USE = { read: 1, write: 2, any: 3 } as const;

/** A pattern of keys, and how they may be used. */
export interface KeyPattern {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** `KEY_USE` bits, at least one. */
  readonly uses: number;
}

/** A pattern of channels. */
export interface ChannelPattern {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const PATTERN_MARKS = new Map<number, string>([
  [KEY_USE.any, "~"],
  [KEY_USE.read, "%R~"],
  [KEY_USE.write, "%W~"],
]);

/** What one selector allows. Texts hold one character per byte. */
export class Selector {
  /** It has been given all commands and has lost none since: nothing is looked up. */
  allCommands = false;
  allKeys = false;
  allChannels: boolean;
  allowed = new Allowed();
  keys: readonly KeyPattern[] = [];
  channels: readonly ChannelPattern[] = [];
  /** Commands that are allowed with these first arguments only, by the command's number. */
  firstArguments: ReadonlyMap<number, readonly string[]> = new Map();

  /** @param allChannels what `acl-pubsub-default` says of new selectors */
  constructor(allChannels: boolean) {
    this.allChannels = allChannels;
  }

  /** The same selector, to be changed by itself. */
  copy(): Selector {
    const copied = new Selector(this.allChannels);
    copied.allCommands = this.allCommands;
    copied.allKeys = this.allKeys;
    copied.allowed = this.allowed.copy();
    copied.keys = this.keys;
    copied.channels = this.channels;
    copied.firstArguments = this.firstArguments;
    return copied;
  }

  /** True when it allows everything. */
  get isUnrestricted(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  /** It allows whatever there is. */
  allowEverything(): void {
    this.#setAll(true);
    this.allKeys = true;
    this.keys = [];
    this.allChannels = true;
    this.channels = [];
  }

  /** Applies one rule. Null, or why it cannot be applied: nothing has changed then. */
  apply(catalog: Catalog, rule: string): RefusedRule | null {
    const text = cString(rule);
    switch (text.toLowerCase()) {
      case "allkeys":
      case "~*":
        this.allKeys = true;
        this.keys = [];
        return null;
      case "resetkeys":
        this.allKeys = false;
        this.keys = [];
        return null;
      case "allchannels":
      case "&*":
        this.allChannels = true;
        this.channels = [];
        return null;
      case "resetchannels":
        this.allChannels = false;
        this.channels = [];
        return null;
      case "allcommands":
      case "+@all":
        this.#setAll(true);
        return null;
      case "nocommands":
      case "-@all":
        this.#setAll(false);
        return null;
    }
    if (rule.startsWith("~") || rule.startsWith("%")) return this.#addKeys(rule);
    if (rule.startsWith("&")) return this.#addChannels(rule.slice(1));
    if (!rule.startsWith("+") && !rule.startsWith("-")) return REFUSED_RULE.syntax;
    const isAllowed = rule.startsWith("+");
    if (text[1] === "@") return this.#setCategory(catalog, text.slice(2), isAllowed);
    return this.#setCommand(catalog, text.slice(1), isAllowed);
  }

  #setAll(isAllowed: boolean): void {
    this.allowed.setAll(isAllowed);
    this.allCommands = isAllowed;
    this.firstArguments = new Map();
  }

  #addKeys(rule: string): RefusedRule | null {
    if (this.allKeys) return REFUSED_RULE.behindAllKeys;
    const parsed = parseKeyPattern(rule);
    if (parsed === null || hasSpaces(parsed.text)) return REFUSED_RULE.syntax;
    const { text, uses } = parsed;
    const at = this.keys.findIndex((known) => known.text === text);
    if (at < 0) {
      this.keys = [...this.keys, { text, bytes: Buffer.from(text, "latin1"), uses }];
    } else {
      const known = this.keys[at]!;
      this.keys = this.keys.with(at, { ...known, uses: known.uses | uses });
    }
    return null;
  }

  #addChannels(text: string): RefusedRule | null {
    if (this.allChannels) return REFUSED_RULE.behindAllChannels;
    if (hasSpaces(text)) return REFUSED_RULE.syntax;
    if (!this.channels.some((known) => known.text === text)) {
      this.channels = [...this.channels, { text, bytes: Buffer.from(text, "latin1") }];
    }
    return null;
  }

  #setCategory(catalog: Catalog, name: string, isAllowed: boolean): RefusedRule | null {
    const category = categoryBit(name);
    if (category === 0) return REFUSED_RULE.unknownCommand;
    const changed = this.allowed.setCategory(catalog, category, isAllowed);
    this.#changed(changed, isAllowed);
    return null;
  }

  #setCommand(catalog: Catalog, name: string, isAllowed: boolean): RefusedRule | null {
    const bar = isAllowed ? name.lastIndexOf("|") : -1;
    if (bar >= 0) {
      const container = catalog.byName(name.slice(0, bar));
      if (container === null) return REFUSED_RULE.unknownCommand;
      if (container.isSubcommand) return REFUSED_RULE.partOfSubcommand;
      const word = name.slice(bar + 1);
      if (word === "") return REFUSED_RULE.syntax;
      if (container.subcommands.length === 0) {
        this.#addFirstArgument(container, word);
        return null;
      }
    }
    const command = catalog.byName(name);
    if (command === null) return REFUSED_RULE.unknownCommand;
    this.allowed.set(command, isAllowed);
    this.#changed([command], isAllowed);
    return null;
  }

  /** Commands have been allowed or forbidden as a whole. */
  #changed(commands: readonly KnownCommand[], isAllowed: boolean): void {
    if (!isAllowed && commands.length > 0) this.allCommands = false;
    const left = new Map(this.firstArguments);
    for (const { id } of commands) left.delete(id);
    this.firstArguments = left;
  }

  #addFirstArgument({ id }: KnownCommand, word: string): void {
    const words = this.firstArguments.get(id) ?? [];
    const lower = word.toLowerCase();
    if (words.some((known) => known.toLowerCase() === lower)) return;
    this.firstArguments = new Map(this.firstArguments).set(id, [...words, word]);
  }

  /** The rules about commands, in Redis' words. */
  describeCommands(catalog: Catalog): string {
    return describeAllowed(catalog, this.allowed, this.firstArguments);
  }

  /** The rules about keys. */
  describeKeys(): string {
    if (this.allKeys) return "~*";
    return this.keys.map(({ text, uses }) => PATTERN_MARKS.get(uses)! + text).join(" ");
  }

  /** The rules about channels. */
  describeChannels(): string {
    return this.allChannels ? "&*" : this.channels.map(({ text }) => `&${text}`).join(" ");
  }

  /** All of its rules. */
  describe(catalog: Catalog): string {
    const rules = [this.describeKeys(), this.allChannels ? "" : "resetchannels"];
    rules.push(this.describeChannels(), this.describeCommands(catalog));
    return rules.filter((rule) => rule !== "").join(" ");
  }
}

/** `~pattern`, or `%R~pattern` with R, W or both; null when it is neither. */
function parseKeyPattern(rule: string): { readonly text: string; readonly uses: number } | null {
  if (rule.startsWith("~")) return { text: rule.slice(1), uses: KEY_USE.any };
  let uses = 0;
  for (let i = 1; i < rule.length; i++) {
    const mark = rule[i]!.toUpperCase();
    if (mark === "~") return uses === 0 ? null : { text: rule.slice(i + 1), uses };
    const use = mark === "R" ? KEY_USE.read : mark === "W" ? KEY_USE.write : 0;
    if (use === 0 || (uses & use) !== 0) return null;
    uses |= use;
  }
  // Without a pattern it is the empty one, as in Redis.
  return uses === 0 ? null : { text: "", uses };
}
