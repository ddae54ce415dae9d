import type { Instance } from "../../session/instance.ts";
import { clients, cpu, keyspace, persistence, replication, server } from "./info-server.ts";
import { commandStats, errorStats, latencyStats, memory, stats } from "./info-statistics.ts";

/** Lines of a section, `name:value` each. */
type Section = (instance: Instance) => readonly string[];

/** Every section in the order in which it is printed: name, heading, lines. */
const SECTIONS: readonly (readonly [name: string, heading: string, lines: Section])[] = [
  ["server", "Server", server],
  ["clients", "Clients", clients],
  ["memory", "Memory", memory],
  ["persistence", "Persistence", persistence],
  ["stats", "Stats", stats],
  ["replication", "Replication", replication],
  ["cpu", "CPU", cpu],
  ["modules", "Modules", () => []],
  ["commandstats", "Commandstats", commandStats],
  ["errorstats", "Errorstats", errorStats],
  ["latencystats", "Latencystats", latencyStats],
  ["cluster", "Cluster", () => ["cluster_enabled:0"]],
  ["keyspace", "Keyspace", keyspace],
];

/** What only `all` and `everything` show. */
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set(["commandstats", "latencystats"]);

/**
 * The text of INFO.
 *
 * @param words sections, or `default`, `all`, `everything`; none means `default`. What is no
 *   section is ignored.
 */
export function infoText(instance: Instance, words: readonly string[]): string {
  const wanted = new Set(
    words.length === 0 ? ["default"] : words.map((word) => word.toLowerCase()),
  );
  const all = wanted.has("all") || wanted.has("everything");
  const byDefault = wanted.has("default");
  const shown = SECTIONS.filter(
    ([name]) => all || wanted.has(name) || (byDefault && !NOT_BY_DEFAULT.has(name)),
  );
  return shown
    .map(([, heading, lines]) => `${[`# ${heading}`, ...lines(instance)].join("\r\n")}\r\n`)
    .join("\r\n");
}
