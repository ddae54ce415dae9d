import { expect, test } from "vitest";
import { commands, type FamilyName } from "../impl/commands/index.ts";
import type { Command } from "../impl/session/command.ts";
import { typeNames } from "../model/keyspace/index.ts";
import { generated, meant, served, servedTypes, takingMemory } from "./families.ts";

/** What the model says nothing of, with the reason. */
const NOT_MEANT = new Map([
  ["bgsave", "writes a file: impl/server/snapshots.test.ts"],
  ["save", "writes a file: impl/server/snapshots.test.ts"],
  ["shutdown", "ends the process: tests-redis/"],
  ["client|no-touch", "Redis 7.0 does not know it"],
  ["client|setinfo", "Redis 7.0 does not know it"],
  ["migrate", "speaks to another server: tests-redis/clients/migrate.test.ts"],
  ["monitor", "shows times and addresses: refinement/oracle/monitor.test.ts"],
  ["psync", "a stream: refinement/oracle/propagation.test.ts"],
  ["replconf", "a stream: impl/commands/replication/replication.test.ts"],
  ["script|debug", "there is no debugger of scripts, which Redis has"],
  ["sync", "a stream: refinement/oracle/propagation.test.ts"],
]);

/** What no check draws, with the reason. */
const NOT_DRAWN = new Map([
  ...NOT_MEANT,
  ["memory|malloc-stats", "says nothing that could be compared"],
  ["pfselftest", "takes Redis seconds: impl/commands/hyperloglog/hyperloglog.test.ts"],
  ["function|help", "Redis' own text: refinement/oracle/server-replies.test.ts"],
  ["script|help", "Redis' own text: refinement/oracle/server-replies.test.ts"],
]);

const families = Object.keys(served) as FamilyName[];

test.each(families)(
  "every command of %s has a meaning and is drawn, or a reason why not",
  (family) => {
    const without = (known: ReadonlySet<string>, excused: ReadonlyMap<string, string>) =>
      [...served[family]].filter((name) => !known.has(name) && !excused.has(name));
    expect(without(meant[family], NOT_MEANT)).toEqual([]);
    expect(without(generated, NOT_DRAWN)).toEqual([]);
  },
);

test("nothing is excused that is there, or that no server knows", () => {
  const all = (names: typeof served) => new Set(families.flatMap((family) => [...names[family]]));
  for (const [excused, known] of [
    [NOT_MEANT, all(meant)],
    [NOT_DRAWN, generated],
  ] as const) {
    expect([...excused.keys()].filter((name) => known.has(name) || !all(served).has(name))).toEqual(
      [],
    );
  }
});

test("server and model have the same types of values", () => {
  expect(Object.keys(servedTypes).sort()).toEqual([...typeNames].sort());
});

test("server and model refuse the same commands where there is no memory", () => {
  const refused = recordsOf(commands).filter(({ flags }) => flags.includes("denyoom"));
  expect(refused.map(({ name }) => name).sort()).toEqual([...takingMemory].sort());
});

/** Commands and subcommands, each with its whole name. */
function recordsOf(all: readonly Command[]): { name: string; flags: readonly string[] }[] {
  return all.flatMap(({ name, flags, subcommands = [] }) => [
    { name, flags },
    ...subcommands.map((sub) => ({ name: `${name}|${sub.name}`, flags: sub.flags })),
  ]);
}
