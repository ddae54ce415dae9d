/** A user: who may log in how, and what it may do. */
import { assert } from "../assert.ts";
import { cString } from "../config/numbers.ts";
import { splitArgs } from "../config/quoting.ts";
import type { Catalog } from "./catalog.ts";
import { equalHashes, hashPassword, isHash } from "./passwords.ts";
import { REFUSED_RULE, type RefusedRule } from "./refused-rule.ts";
import { Selector } from "./selector.ts";

/** What rules are applied with. */
export interface RuleContext {
  readonly catalog: Catalog;
  /** Whether new selectors may use every channel: `acl-pubsub-default`. */
  readonly allChannels: boolean;
}

/** Whether `RESTORE` checks the payloads of this user with care; this server always does. */
type Sanitizing = "unsaid" | "yes" | "no";

/** One user. Sessions keep it: changed rules are put into the same object. Texts hold one character per byte. */
export class User {
  readonly name: string;
  isOn = false;
  /** Any password will do. */
  noPassword = false;
  sanitizing: Sanitizing = "unsaid";
  /** Hashes of its passwords, in the order in which they came. */
  passwords: readonly string[] = [];
  /** The first one holds what stands in no parentheses. */
  selectors: readonly Selector[];
  /** One selector allows everything: no rule is ever asked. */
  isUnrestricted = false;
  /** Some selector does not allow every key. */
  looksAtKeys = true;

  constructor(name: string, allChannels: boolean) {
    this.name = name;
    this.selectors = [new Selector(allChannels)];
  }

  /** The rules that stand in no parentheses. */
  get root(): Selector {
    return this.selectors[0]!;
  }

  /** A user of its own with the same rules: rules are tried on it. */
  copy(): User {
    const copied = new User(this.name, false);
    copied.become(this);
    return copied;
  }

  /** Takes the rules of another user over. */
  become(other: User): void {
    this.isOn = other.isOn;
    this.noPassword = other.noPassword;
    this.sanitizing = other.sanitizing;
    this.passwords = other.passwords;
    this.selectors = other.selectors.map((selector) => selector.copy());
    this.#settle();
  }

  /** Applies one rule, a whole selector in parentheses included. Null, or why it cannot be applied. */
  apply(context: RuleContext, rule: string): RefusedRule | null {
    const refused = this.#apply(context, rule);
    this.#settle();
    return refused;
  }

  #settle(): void {
    this.isUnrestricted = this.selectors.some((selector) => selector.isUnrestricted);
    this.looksAtKeys = this.selectors.some((selector) => !selector.allKeys);
  }

  #apply(context: RuleContext, rule: string): RefusedRule | null {
    if (rule === "") return null;
    switch (cString(rule).toLowerCase()) {
      case "on":
        this.isOn = true;
        return null;
      case "off":
        this.isOn = false;
        return null;
      case "sanitize-payload":
        this.sanitizing = "yes";
        return null;
      case "skip-sanitize-payload":
        this.sanitizing = "no";
        return null;
      case "nopass":
        this.noPassword = true;
        this.passwords = [];
        return null;
      case "resetpass":
        this.noPassword = false;
        this.passwords = [];
        return null;
      case "clearselectors":
        this.selectors = [this.root];
        return null;
      case "reset":
        this.#reset(context);
        return null;
    }
    const mark = rule[0]!;
    if (mark === ">" || mark === "#") return this.#addPassword(mark, rule.slice(1));
    if (mark === "<" || mark === "!") return this.#removePassword(mark, rule.slice(1));
    if (mark === "(" && rule.endsWith(")")) return this.#addSelector(context, rule.slice(1, -1));
    return this.root.apply(context.catalog, rule);
  }

  #reset({ allChannels }: RuleContext): void {
    this.noPassword = false;
    this.passwords = [];
    this.isOn = false;
    this.sanitizing = "yes";
    this.selectors = [new Selector(allChannels)];
  }

  #addPassword(mark: string, text: string): RefusedRule | null {
    if (mark === "#" && !isHash(text)) return REFUSED_RULE.badHash;
    const hash = mark === "#" ? text : hashPassword(text);
    if (!this.passwords.includes(hash)) this.passwords = [...this.passwords, hash];
    this.noPassword = false;
    return null;
  }

  #removePassword(mark: string, text: string): RefusedRule | null {
    if (mark === "!" && !isHash(text)) return REFUSED_RULE.badHash;
    const hash = mark === "!" ? text : hashPassword(text);
    if (!this.passwords.includes(hash)) return REFUSED_RULE.noSuchPassword;
    this.passwords = this.passwords.filter((known) => known !== hash);
    return null;
  }

  #addSelector({ catalog, allChannels }: RuleContext, rules: string): RefusedRule | null {
    const selector = new Selector(allChannels);
    for (const rule of splitArgs(rules) ?? []) {
      const refused = selector.apply(catalog, rule);
      if (refused !== null) return refused;
    }
    this.selectors = [...this.selectors, selector];
    return null;
  }

  /** True when it may log in with that password. */
  accepts(password: string): boolean {
    if (!this.isOn) return false;
    if (this.noPassword) return true;
    const hash = hashPassword(password);
    let isAccepted = false;
    for (const known of this.passwords) if (equalHashes(known, hash)) isAccepted = true;
    return isAccepted;
  }

  /** What ACL GETUSER calls its flags. */
  get flags(): readonly string[] {
    const flags = [this.isOn ? "on" : "off"];
    if (this.noPassword) flags.push("nopass");
    if (this.sanitizing === "no") flags.push("skip-sanitize-payload");
    if (this.sanitizing === "yes") flags.push("sanitize-payload");
    return flags;
  }

  /** Its rules, from which it could be made again. */
  describe(catalog: Catalog): string {
    const [root, ...others] = this.selectors.map((selector) => selector.describe(catalog));
    const hashes = this.passwords.map((hash) => `#${hash}`);
    return [...this.flags, ...hashes, root!, ...others.map((rules) => `(${rules})`)].join(" ");
  }

  /** Throws when a rule that ties its parts together is broken. */
  verifyInvariants(): void {
    assert(this.selectors.length > 0, "a user has rules in no parentheses");
    assert(!this.noPassword || this.passwords.length === 0, "any password will do, and some do");
    const isUnrestricted = this.selectors.some((selector) => selector.isUnrestricted);
    assert(this.isUnrestricted === isUnrestricted, "whether it may do everything is known");
    const looksAtKeys = this.selectors.some((selector) => !selector.allKeys);
    assert(this.looksAtKeys === looksAtKeys, "whether keys matter is known");
    for (const { allKeys, keys, allChannels, channels, allCommands, allowed } of this.selectors) {
      assert(!allKeys || keys.length === 0, "patterns beside all keys");
      assert(!allChannels || channels.length === 0, "patterns beside all channels");
      assert(!allCommands || allowed.future, "all commands are allowed, and those to come are not");
    }
  }
}

/** The user of sessions that no client is connected to: it may do everything. */
export const EVERYBODY = everybody();

function everybody(): User {
  const user = new User("", true);
  user.root.allowEverything();
  user.become(user);
  return user;
}
