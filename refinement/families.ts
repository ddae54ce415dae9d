/**
 * A family of commands has one name: of its folder in the server, in the model and in the
 * generators; and a type of value has one. What a side lacks is an error of the compiler here.
 */
import { FAMILIES, type FamilyName } from "../impl/commands/index.ts";
import type { Command } from "../impl/session/command.ts";
import { VALUE_TYPES } from "../impl/types/index.ts";
import type { ValueType } from "../impl/types/value-type.ts";
import type { Family as MeaningFamily } from "../model/keyspace/command.ts";
import { families as modelled } from "../model/keyspace/commands.ts";
import type { TypeName } from "../model/keyspace/index.ts";
import { families as drawn } from "./generators/commands.ts";
import type { Family } from "./generators/grammar.ts";

/** The names of the commands of each family, subcommands as `client|list`, in lower case. */
type Names = Readonly<Record<FamilyName, ReadonlySet<string>>>;

const MODELLED: Readonly<Record<FamilyName, MeaningFamily>> = modelled;

const DRAWN: Readonly<Record<FamilyName, Family>> = drawn;

function namesBy(namesOf: (family: FamilyName) => Iterable<string>): Names {
  const families = Object.keys(FAMILIES) as FamilyName[];
  return Object.fromEntries(
    families.map((family) => [family, new Set(namesOf(family))]),
  ) as unknown as Names;
}

/** What the server knows. A container is no command unless it can be called alone. */
export const served: Names = namesBy((family) =>
  FAMILIES[family].flatMap(({ name, handler, subcommands = [] }: Command) => [
    ...(handler === undefined ? [] : [name]),
    ...subcommands.map((sub) => `${name}|${sub.name}`),
  ]),
);

/** What the model knows. */
export const meant: Names = namesBy((family) =>
  Object.entries(MODELLED[family]).flatMap(([name, { subcommands = {} }]) => [
    name,
    ...Object.keys(subcommands).map((sub) => `${name}|${sub}`),
  ]),
);

/** What the model refuses where there is no memory, whatever it is given. */
export const takingMemory: readonly string[] = Object.values(MODELLED)
  .flatMap((family) =>
    Object.entries(family).flatMap(([name, command]) => [
      { name, command },
      ...Object.entries(command.subcommands ?? {}).map(([sub, inner]) => ({
        name: `${name}|${sub}`,
        command: inner,
      })),
    ]),
  )
  .filter(({ command }) => command.takesMemory === true)
  .map(({ name }) => name);

/** What the checks draw, for whichever family: HELP is drawn of all containers together. */
export const generated: ReadonlySet<string> = new Set(
  Object.values(DRAWN).flatMap(({ commands }) => commands.map(({ name }) => name.toLowerCase())),
);

/** The server's types by the names of the model's. */
export const servedTypes: Readonly<Record<TypeName, ValueType>> = VALUE_TYPES;
