/**
 * The configuration of one server: typed values, CONFIG GET, SET and REWRITE.
 *
 * A core: it reads no file and no clock. Texts hold one character per byte; error texts are those
 * of redis-server 7.0.15.
 */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { CHECKED } from "../assert.ts";
import { matchGlobText } from "../resp/glob.ts";
import type { Directive, Parsed } from "./directive.ts";
import {
  type ConfigValues,
  DIRECTIVES,
  type DirectiveName,
  findDirective,
  KNOWN_NAMES,
  type KnownName,
} from "./directives.ts";
import { cString } from "./numbers.ts";
import { type RewriteOption, rewriteConf } from "./rewrite.ts";

/**
 * Hears of a new value and puts it into effect.
 *
 * @returns why the value cannot be put into effect, to refuse it; undefined to accept
 */
export type ChangeListener<V> = (value: V, previous: V) => string | undefined;

/** What a configuration needs from outside. */
export interface ConfigOptions {
  /** The working directory at start: an absolute path. */
  readonly directory?: string;
  /** Enters a directory named from `current`: the absolute path, or why it cannot be entered. */
  readonly enterDirectory?: (path: string, current: string) => Parsed<string>;
}

/** Who asks for a CONFIG SET, as far as it decides what is allowed. */
export interface SetRequester {
  /** Connected over the loopback interface or a Unix socket. */
  readonly isLocal: boolean;
  /** The data set is being loaded. */
  readonly isLoading: boolean;
}

/** A directive that a CONFIG SET names, and its new value. */
interface Change {
  readonly known: KnownName;
  readonly text: string;
}

const LOADING = "LOADING Redis is loading the dataset in memory";

/** The configuration of one server. */
export class Config {
  /** `rename-command`: original names in lower case to new ones; an empty one disables. */
  readonly renames = new Map<string, string>();
  /** `user` lines: names to their rules, what stands in parentheses as one. */
  readonly users = new Map<string, readonly string[]>();
  readonly #stored = new Map<Directive, unknown>();
  readonly #published: Record<string, unknown> = {};
  readonly #listeners = new Map<string, ChangeListener<unknown>[]>();
  readonly #enterDirectory: (path: string, current: string) => Parsed<string>;
  /** Directives that a configuration file has set: further lines of it may add to them. */
  readonly #loaded = new Set<Directive>();

  constructor(options: ConfigOptions = {}) {
    this.#enterDirectory = options.enterDirectory ?? resolveDirectory;
    for (const directive of DIRECTIVES) this.#store(directive, directive.kind.fallback);
    this.#store(findDirective("dir")!.directive, options.directory ?? "/");
  }

  /** The value of a directive as code reads it. A table look-up: hot code uses `follow`. */
  get<N extends DirectiveName>(name: N): ConfigValues[N] {
    return this.#published[name] as ConfigValues[N];
  }

  /** The value of a directive as CONFIG GET prints it, by any of its names. */
  text(name: string): string {
    const known = findDirective(name);
    assert.ok(known, `no directive is called ${name}`);
    return known.directive.kind.format(this.#stored.get(known.directive));
  }

  /**
   * Calls `listener` whenever CONFIG SET has changed the value, in the order of its arguments. All
   * new values are in place by then. A refusal takes the whole CONFIG SET back; whoever refused or
   * had accepted hears of the old value again.
   */
  onChange<N extends DirectiveName>(name: N, listener: ChangeListener<ConfigValues[N]>): void {
    assert.ok(findDirective(name) !== undefined, `no directive is called ${name}`);
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener as ChangeListener<unknown>);
    this.#listeners.set(name, listeners);
  }

  /** Calls `apply` with the present value and with every later one: for copies in plain fields. */
  follow<N extends DirectiveName>(name: N, apply: (value: ConfigValues[N]) => void): void {
    apply(this.get(name));
    this.onChange(name, (value) => {
      apply(value);
      return undefined;
    });
  }

  /** True when a directive's value must not appear in logs. */
  isSensitive(name: string): boolean {
    return findDirective(name)?.directive.sensitive === true;
  }

  /**
   * CONFIG GET: the directives that match any of the patterns.
   *
   * A pattern without `*`, `?` or `[` is a name, in any case, and is repeated as it was given;
   * others match names and aliases, hidden ones excepted.
   *
   * @returns names and values
   */
  match(patterns: readonly string[]): ReadonlyArray<readonly [string, string]> {
    const found = new Map<string, readonly [string, string]>();
    const add = (shown: string, { directive }: KnownName) => {
      const key = shown.toLowerCase();
      if (found.has(key)) return;
      found.set(key, [shown, directive.kind.format(this.#stored.get(directive))]);
    };
    for (const pattern of patterns) {
      const glob = cString(pattern);
      if (!/[[*?]/.test(glob)) {
        const known = findDirective(pattern);
        if (known !== undefined) add(pattern, known);
        continue;
      }
      for (const known of KNOWN_NAMES) {
        if (known.directive.hidden !== true && matchGlobText(glob, known.name, true)) {
          add(known.name, known);
        }
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET: sets all of the pairs or none.
   *
   * @param pairs names in any case and values
   * @returns null, or the error reply
   */
  setMany(
    pairs: ReadonlyArray<readonly [name: string, value: string]>,
    requester: SetRequester,
  ): string | null {
    const changes: Change[] = [];
    for (const [name, text] of pairs) {
      const known = findDirective(name);
      if (known === undefined) {
        const shown = cString(name);
        return `ERR Unknown option or number of arguments for CONFIG SET - '${shown}'`;
      }
      const refusal = this.#refuse(known, changes, requester);
      if (refusal === LOADING) return LOADING;
      if (refusal !== null) return setFailed(cString(name), refusal);
      changes.push({ known, text });
    }
    const before = changes.map(({ known }) => this.#stored.get(known.directive));
    return this.#apply(changes, before);
  }

  /** Why a directive cannot be set now at all, or null. */
  #refuse(known: KnownName, changes: readonly Change[], requester: SetRequester): string | null {
    const { directive } = known;
    if (directive.immutable === true) return "can't set immutable config";
    if (directive.protected === true && !this.#mayProtected(requester)) {
      return "can't set protected config";
    }
    if (directive.denyLoading === true && requester.isLoading) return LOADING;
    // An alias is not the same name: Redis lets both be set at once.
    return changes.some((change) => change.known === known) ? "duplicate parameter" : null;
  }

  #mayProtected(requester: SetRequester): boolean {
    const allowed = this.get("enable-protected-configs");
    return allowed === "yes" || (allowed === "local" && requester.isLocal);
  }

  #apply(changes: readonly Change[], before: readonly unknown[]): string | null {
    const changed: number[] = [];
    for (let i = 0; i < changes.length; i++) {
      const { known, text } = changes[i]!;
      const { directive } = known;
      const parsed = this.#parse(directive, argumentsOf(directive, text), false);
      if ("refusal" in parsed) {
        this.#restore(changes.slice(0, i), before);
        return setFailed(known.name, parsed.refusal);
      }
      const differs = !directive.kind.same(this.#stored.get(directive), parsed.value);
      this.#store(directive, parsed.value);
      if (differs || directive.alwaysApplied === true) changed.push(i);
    }
    for (let n = 0; n < changed.length; n++) {
      const { known } = changes[changed[n]!]!;
      const refusal = this.#notify(known.directive, before[changed[n]!]);
      if (refusal === undefined) continue;
      const after = changes.map((change) => this.#published[change.known.directive.name]);
      this.#restore(changes, before);
      for (const [i, change] of changes.entries()) {
        assert.equal(this.#stored.get(change.known.directive), before[i], "all of it or nothing");
      }
      for (const i of changed.slice(0, n + 1))
        this.#notifyAgain(changes[i]!.known.directive, after[i]);
      return setFailed(known.name, refusal);
    }
    return null;
  }

  #restore(changes: readonly Change[], before: readonly unknown[]): void {
    for (const [i, { known }] of changes.entries()) this.#store(known.directive, before[i]);
  }

  /** Tells the listeners of the value in place; the first refusal ends it. */
  #notify(directive: Directive, before: unknown): string | undefined {
    const value = this.#published[directive.name];
    for (const listener of this.#listeners.get(directive.name) ?? []) {
      const refusal = listener(value, directive.kind.publish(before));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** Tells the listeners of the value that was put back; it was in force, so none can refuse it. */
  #notifyAgain(directive: Directive, refused: unknown): void {
    for (const listener of this.#listeners.get(directive.name) ?? []) {
      listener(this.#published[directive.name], refused);
    }
  }

  /**
   * Sets a directive from a configuration file, whatever its mutability. Listeners do not hear.
   *
   * @param append lists that grow line by line (`save`) keep what earlier lines said
   * @returns null, or why the arguments are refused
   */
  load(known: KnownName, args: readonly string[], append = true): string | null {
    const { directive } = known;
    if (!directive.kind.multiArg && args.length !== 1) return "wrong number of arguments";
    const parsed = this.#parse(directive, args, append && this.#loaded.has(directive));
    if ("refusal" in parsed) return parsed.refusal;
    this.#loaded.add(directive);
    this.#store(directive, parsed.value);
    return null;
  }

  /**
   * CONFIG REWRITE: the text of the configuration file with the present values.
   *
   * @param text the file as it is, empty when there is none
   * @param others lines of directives that are no values (`user`, `loadmodule`); those that are
   *   not passed stay as they are in the file
   */
  rewrite(text: string, others: readonly RewriteOption[] = []): string {
    const options = DIRECTIVES.map(({ name, kind }, i) => ({
      name,
      lines: kind.rewrite(name, this.#stored.get(DIRECTIVES[i]!)),
    }));
    return rewriteConf(text, [...options, ...others]);
  }

  /** Throws when what code reads is not what is stored. */
  verifyInvariants(): void {
    for (const directive of DIRECTIVES) {
      const stored = this.#stored.get(directive);
      assert.deepEqual(this.#published[directive.name], directive.kind.publish(stored));
      verifyReads(directive, stored);
    }
    assert.equal(this.#stored.size, DIRECTIVES.length, "every directive has a value");
    for (const directive of this.#loaded) assert.ok(this.#stored.has(directive));
    for (const name of this.#listeners.keys()) assert.ok(findDirective(name)?.name === name);
  }

  #parse(directive: Directive, args: readonly string[], append: boolean): Parsed<unknown> {
    const parsed = directive.kind.parse(args, this.#stored.get(directive), append);
    if (directive.name !== "dir" || "refusal" in parsed) return parsed;
    return this.#enterDirectory(parsed.value as string, this.get("dir"));
  }

  #store(directive: Directive, value: unknown): void {
    if (CHECKED) verifyReads(directive, value);
    this.#stored.set(directive, value);
    this.#published[directive.name] = directive.kind.publish(value);
  }
}

/** Throws unless what CONFIG GET prints of a value is, for CONFIG SET, that value. */
function verifyReads(directive: Directive, value: unknown): void {
  const { kind, name, immutable } = directive;
  if (immutable === true) return;
  const text = kind.format(value);
  const read = kind.parse(argumentsOf(directive, text), value, false);
  assert.ok("value" in read, `${name} is shown as what it cannot be set to: ${text}`);
  assert.equal(kind.format(read.value), text, `${name} is shown as another value`);
}

/** Takes every directory for one that can be entered. */
function resolveDirectory(path: string, current: string): Parsed<string> {
  return { value: posix.resolve(current, path) };
}

/** The arguments in a value: every single space separates, and the empty value has none. */
function argumentsOf(directive: Directive, text: string): readonly string[] {
  if (!directive.kind.multiArg) return [text];
  return text === "" ? [] : text.split(" ");
}

function setFailed(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}
