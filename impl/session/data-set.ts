import assert from "node:assert/strict";
import { Effects } from "../engine/effects.ts";
import { ValueType } from "../engine/keyspace.ts";
import type { Journal } from "../ports/journal.ts";
import type { Instance } from "./instance.ts";

/** Journals the whole data set: a SET for each key, with its end as an absolute time. */
export function journalDataSet(instance: Instance, journal: Journal): void {
  const effects = new Effects(journal);
  instance.databases.forEach((keyspace, database) => {
    keyspace.forEach((ref) => {
      assert.equal(keyspace.type(ref), ValueType.string, "the log holds strings only");
      const isMortal = keyspace.hasExpiry(ref);
      const bytes = keyspace.bytes(ref);
      effects.begin(database, isMortal ? 5 : 3);
      effects.word("SET");
      effects.bytes(bytes, keyspace.keyOffset(ref), keyspace.keyLength(ref));
      effects.bytes(bytes, keyspace.valueOffset(ref), keyspace.valueLength(ref));
      if (isMortal) {
        effects.word("PXAT");
        effects.integer(keyspace.expiryMs(ref));
      }
      effects.commit();
    });
  });
}
