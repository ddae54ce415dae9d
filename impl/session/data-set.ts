import { Effects } from "../engine/effects.ts";
import type { Journal } from "../ports/journal.ts";
import { typeOf } from "../types/index.ts";
import type { Instance } from "./instance.ts";

/** Journals the whole data set: for each key the commands that make it, its end as an absolute time. */
export function journalDataSet(instance: Instance, journal: Journal): void {
  const effects = new Effects(journal);
  instance.databases.forEach((keyspace, database) => {
    keyspace.forEach((ref) => {
      typeOf(keyspace, ref).recreate(effects, database, keyspace, ref);
    });
  });
}
