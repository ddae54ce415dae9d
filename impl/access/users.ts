/** The users of a server: a core that reads no file and knows no session. */
import { assert } from "../assert.ts";
import { cString } from "../config/numbers.ts";
import type { Catalog } from "./catalog.ts";
import { mergeRules } from "./merged-rules.ts";
import { hasSpaces, REFUSED_RULE, type RefusedRule } from "./refused-rule.ts";
import { type RuleContext, User } from "./user.ts";

/** The user that every connection begins as. */
export const DEFAULT_USER = "default";

/** What a new server's default user may: everything, without a password. */
const DEFAULT_RULES = ["+@all", "~*", "&*", "on", "nopass"];

/** What users need of the server. */
export interface UsersHost {
  /** `acl-pubsub-default`, as it is now. */
  readonly allowsNewChannels: () => boolean;
}

/** All users by name. The default one is always the same object. */
export class Users {
  readonly catalog: Catalog;
  readonly default: User;
  readonly #host: UsersHost;
  readonly #users = new Map<string, User>();
  /** A connection must say who it is before it may do anything. */
  mustAuthenticate = false;

  constructor(catalog: Catalog, host: UsersHost) {
    this.catalog = catalog;
    this.#host = host;
    this.default = this.#newDefault();
    this.#users.set(DEFAULT_USER, this.default);
    this.#settle();
  }

  get #context(): RuleContext {
    return { catalog: this.catalog, allChannels: this.#host.allowsNewChannels() };
  }

  #newDefault(): User {
    const user = new User(DEFAULT_USER, false);
    for (const rule of DEFAULT_RULES) this.#must(user, rule);
    return user;
  }

  #must(user: User, rule: string): void {
    assert(user.apply(this.#context, rule) === null, "a rule of its own can be applied");
  }

  /** What depends on the default user. */
  #settle(): void {
    this.mustAuthenticate = !this.default.noPassword || !this.default.isOn;
  }

  /** Every user, in the order of their names' bytes. */
  get all(): readonly User[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A user by its name, or null. */
  byName(name: string): User | null {
    return this.#users.get(name) ?? null;
  }

  /** A user who may log in so, or null. */
  authenticate(name: string, password: string): User | null {
    const user = this.byName(name);
    return user?.accepts(password) === true ? user : null;
  }

  /** `requirepass`: the only password of the default user; none when it is empty. */
  setDefaultPassword(password: string): void {
    this.#must(this.default, "resetpass");
    this.#must(this.default, password === "" ? "nopass" : `>${password}`);
    this.#settle();
  }

  /**
   * Makes or changes a user: all of the rules or none.
   *
   * @param before is told of the user and of what it will become, of one that is there already
   * @returns null, or the error
   */
  set(
    name: string,
    args: readonly string[],
    before: (user: User, next: User) => void = () => {},
  ): string | null {
    if (hasSpaces(name)) return "Usernames can't contain spaces or null characters";
    const merged = mergeRules(args);
    if ("unmatched" in merged) {
      return `Unmatched parenthesis in acl selector starting at '${cString(merged.unmatched)}'.`;
    }
    const user = this.byName(name);
    const next = user?.copy() ?? new User(name, this.#host.allowsNewChannels());
    for (const rule of merged.rules) {
      const refused = next.apply(this.#context, rule);
      if (refused !== null) {
        return `Error in ACL SETUSER modifier '${cString(rule)}': ${refused}`;
      }
    }
    if (user === null) this.#users.set(name, next);
    else {
      before(user, next);
      user.become(next);
    }
    this.#settle();
    return null;
  }

  /** Removes a user. Null when there is none. The default user stays. */
  delete(name: string): User | null {
    assert(name !== DEFAULT_USER, "the default user stays");
    const user = this.byName(name);
    this.#users.delete(name);
    return user;
  }

  /**
   * A `user` line of redis.conf: a definition from nothing on.
   *
   * @returns null, or what is wrong with it
   */
  define(name: string, rules: readonly string[]): string | null {
    if (hasSpaces(name)) return "Spaces not allowed in ACL usernames";
    const user = name === DEFAULT_USER ? this.default : new User(name, this.#allowsNewChannels);
    if (name === DEFAULT_USER) this.#must(user, "reset");
    for (const rule of rules) {
      const refused = user.apply(this.#context, rule);
      if (refused !== null) return declarationError(rule, refused);
    }
    this.#users.set(name, user);
    this.#settle();
    return null;
  }

  get #allowsNewChannels(): boolean {
    return this.#host.allowsNewChannels();
  }

  /**
   * Puts the users of a file in the place of all others. One that names no default user leaves it as
   * a new server has it. Nothing changes when anything is wrong with it.
   *
   * @param before is told what the default user will become
   * @returns the users who are gone, all that there were but the default one; or the errors
   */
  load(
    text: string,
    fileName: string,
    before: (user: User, next: User) => void = () => {},
  ): { readonly gone: readonly User[] } | { readonly errors: string } {
    const loaded = new Map<string, User>();
    let errors = "";
    // Redis reads C strings.
    cString(text)
      .split("\n")
      .forEach((line, i) => {
        errors += this.#loadLine(loaded, trim(line, " \t\r\n"), `${fileName}:${i + 1}`, i + 1);
      });
    if (errors !== "") {
      const kept = "no change to the previously active ACL rules was performed";
      return { errors: `${errors}WARNING: ACL errors detected, ${kept}` };
    }
    const gone = this.all.filter((user) => user !== this.default);
    const next = loaded.get(DEFAULT_USER) ?? this.#newDefault();
    before(this.default, next);
    this.default.become(next);
    this.#users.clear();
    for (const [name, user] of loaded) this.#users.set(name, user);
    this.#users.set(DEFAULT_USER, this.default);
    this.#settle();
    return { gone };
  }

  /** Adds the user of one line. Its errors, empty when there are none. */
  #loadLine(loaded: Map<string, User>, line: string, place: string, number: number): string {
    if (line === "") return "";
    const words = line.split(" ");
    const [keyword, name] = words;
    if (keyword !== "user" || name === undefined) {
      return `${place} should start with user keyword followed by the username. `;
    }
    if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
    if (loaded.has(name)) return `WARNING: Duplicate user '${name}' found on line ${number}. `;
    const user = new User(name, this.#allowsNewChannels);
    loaded.set(name, user);
    const merged = mergeRules(words.slice(2));
    if ("unmatched" in merged) return `${place}: Unmatched parenthesis in selector definition.`;
    let errors = "";
    let isWrong = false;
    for (const untrimmed of merged.rules) {
      const rule = trim(untrimmed, "\t\r\n");
      const refused = user.apply(this.#context, rule);
      if (refused === null) continue;
      if (refused === REFUSED_RULE.unknownCommand) {
        errors += `${place}: Error in applying operation '${rule}': ${refused}. `;
      } else if (!isWrong) {
        errors += `${place}: ${refused}. `;
        isWrong = true;
      }
    }
    return errors;
  }

  /** The users as lines of a file, which `load` reads. */
  describe(): readonly string[] {
    return this.all.map((user) => `user ${user.name} ${user.describe(this.catalog)}`);
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(this.#users.get(DEFAULT_USER) === this.default, "the default user is there");
    for (const [name, user] of this.#users) {
      assert(user.name === name, "a user is known by its name");
      user.verifyInvariants();
    }
    const { noPassword, isOn } = this.default;
    assert(this.mustAuthenticate === (!noPassword || !isOn), "who must log in is known");
  }
}

/** The error of a `user` line. */
export function declarationError(what: string, reason: RefusedRule): string {
  return `Error in user declaration '${cString(what)}': ${reason}`;
}

/** Takes characters away from both ends. */
function trim(text: string, characters: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.includes(text[start]!)) start++;
  while (end > start && characters.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}
