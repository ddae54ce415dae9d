/**
 * Where a reply is not compared byte for byte, and why.
 *
 * The model leaves a part of a reply free with `Unordered`, `OneOf` or `Satisfies`. It may do so
 * only for the commands of this table: any other free part fails the run.
 */

import type { Invocation } from "../generators/step.ts";
import type { Reply } from "./model.ts";

/** One permitted freedom. */
export interface Exception {
  readonly command: string;
  readonly reason: string;
}

/** Every permitted freedom. */
export const exceptions: ReadonlyArray<Exception> = [
  { command: "KEYS", reason: "the order is that of a hash table with a random seed" },
  { command: "SCAN", reason: "order and cursors are those of a hash table with a random seed" },
  { command: "RANDOMKEY", reason: "any key of the database is right" },
  {
    command: "DBSIZE",
    reason: "expired keys count until they are met, and RANDOMKEY meets them by chance",
  },
  { command: "OBJECT|IDLETIME", reason: "Redis' own approximate clock, in seconds" },
  { command: "OBJECT|REFCOUNT", reason: "Redis shares small integers between keys" },
];

const byCommand = new Map(exceptions.map((exception) => [exception.command, exception]));

/** Counts how often each freedom was used. */
export class ExceptionLog {
  readonly #used = new Map<string, number>();
  readonly #undeclared = new Set<string>();

  /** Notes the free parts of one expected reply. */
  add(invocation: Invocation, parts: ReadonlyArray<string>): void {
    if (parts.length === 0) return;
    const { name } = invocation;
    this.#used.set(name, (this.#used.get(name) ?? 0) + 1);
    if (!byCommand.has(name)) this.#undeclared.add(`${name}: ${parts.join(", ")}`);
  }

  /** Freedoms that the table does not permit. */
  undeclared(): ReadonlyArray<string> {
    return [...this.#undeclared];
  }

  /** One line per freedom: how often, and why it is permitted. */
  table(): string {
    return exceptions
      .map(({ command, reason }) => {
        const count = String(this.#used.get(command) ?? 0).padStart(6);
        return `  ${command.padEnd(18)}${count}  ${reason}`;
      })
      .join("\n");
  }
}

/** The kinds of the free parts of an expected reply; none when it is fixed to the byte. */
export function freeParts(reply: Reply): ReadonlyArray<string> {
  switch (reply._tag) {
    case "Unordered":
      return reply.items.length > 1 ? ["Unordered"] : [];
    case "OneOf":
      return reply.options.length > 1 ? ["OneOf"] : [];
    case "Satisfies":
      return [`Satisfies ${reply.name}`];
    case "Array":
    case "Set":
      return reply.items.flatMap(freeParts);
    case "Map":
      return reply.entries.flat().flatMap(freeParts);
    default:
      return [];
  }
}
