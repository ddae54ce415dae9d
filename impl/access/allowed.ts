/** Which commands a selector allows, and the words that say so. */
import { type Catalog, type KnownCommand, MAX_COMMANDS } from "./catalog.ts";
import { CATEGORIES, categoryBit } from "./categories.ts";

const WORDS = MAX_COMMANDS / 32;
/** The number that stands for commands to come: `+@all` allows them, too. */
const FUTURE = MAX_COMMANDS - 1;

/** A set of commands: one bit for each. */
export class Allowed {
  readonly #bits = new Int32Array(WORDS);

  /** True when the command is in the set. */
  has(id: number): boolean {
    return (this.#bits[id >>> 5]! & (1 << (id & 31))) !== 0;
  }

  /** True when commands that nobody knows yet are in the set. */
  get future(): boolean {
    return this.has(FUTURE);
  }

  /** All commands, those to come included, or none. */
  setAll(isAllowed: boolean): void {
    this.#bits.fill(isAllowed ? -1 : 0);
  }

  /** A command with all of its subcommands. */
  set(command: KnownCommand, isAllowed: boolean): void {
    this.#setOne(command.id, isAllowed);
    for (const sub of command.subcommands) this.#setOne(sub.id, isAllowed);
  }

  /** All commands and subcommands of a category, given as its bit; a container with all it contains. */
  setCategory({ commands }: Catalog, category: number, isAllowed: boolean): KnownCommand[] {
    const changed: KnownCommand[] = [];
    for (const command of commands) {
      for (const one of [command, ...command.subcommands]) {
        if ((one.categories & category) === 0) continue;
        this.set(one, isAllowed);
        changed.push(one);
      }
    }
    return changed;
  }

  #setOne(id: number, isAllowed: boolean): void {
    const mask = 1 << (id & 31);
    const word = this.#bits[id >>> 5]!;
    this.#bits[id >>> 5] = isAllowed ? word | mask : word & ~mask;
  }

  /** The same set, to be changed by itself. */
  copy(): Allowed {
    const copied = new Allowed();
    copied.#bits.set(this.#bits);
    return copied;
  }

  /** True when both sets hold the same commands. */
  equals(other: Allowed): boolean {
    return this.#bits.every((word, i) => word === other.#bits[i]);
  }

  /** How many commands and subcommands of a category are in the set, and how many are not. */
  count({ commands }: Catalog, category: number): { readonly on: number; readonly off: number } {
    let on = 0;
    let off = 0;
    for (const command of commands) {
      for (const one of [command, ...command.subcommands]) {
        if ((one.categories & category) === 0) continue;
        if (this.has(one.id)) on++;
        else off++;
      }
    }
    return { on, off };
  }
}

/**
 * The rules that make a set, in Redis' words: from all commands or from none, then the categories
 * that come nearest to it, then single commands.
 *
 * @param firstArguments what of a command is allowed that is not, by its number
 */
export function describeAllowed(
  catalog: Catalog,
  allowed: Allowed,
  firstArguments: ReadonlyMap<number, readonly string[]>,
): string {
  const adds = !allowed.future;
  const rules = [adds ? "-@all" : "+@all"];
  const made = new Allowed();
  made.setAll(!adds);
  const left = allowed.copy();
  const applied = new Set<string>();
  for (;;) {
    const name = nearestCategory(catalog, left, applied, adds);
    if (name === null) break;
    rules.push(`${adds ? "+" : "-"}@${name}`);
    made.setCategory(catalog, categoryBit(name), adds);
    left.setCategory(catalog, categoryBit(name), !adds);
    applied.add(name);
  }
  for (const command of catalog.commands) {
    const isAllowed = allowed.has(command.id);
    for (const one of [command, ...command.subcommands]) {
      const wanted = allowed.has(one.id);
      if (made.has(one.id) === wanted) continue;
      rules.push(`${wanted ? "+" : "-"}${one.name}`);
      made.set(one, wanted);
    }
    if (isAllowed) continue;
    for (const word of firstArguments.get(command.id) ?? []) rules.push(`+${command.name}|${word}`);
  }
  return rules.join(" ");
}

/** The category, not applied yet, that has most in common with what is left to say; null without one. */
function nearestCategory(
  catalog: Catalog,
  left: Allowed,
  applied: ReadonlySet<string>,
  adds: boolean,
): string | null {
  let best: string | null = null;
  let leastDifferent = Number.POSITIVE_INFINITY;
  let mostSame = 0;
  for (const name of CATEGORIES) {
    if (applied.has(name)) continue;
    const { on, off } = left.count(catalog, categoryBit(name));
    const different = adds ? off : on;
    const same = adds ? on : off;
    if (same <= different) continue;
    if (different > leastDifferent) continue;
    if (different === leastDifferent && same <= mostSame) continue;
    best = name;
    leastDifferent = different;
    mostSame = same;
  }
  return best;
}
