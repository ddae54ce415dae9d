import type { Effects } from "../../engine/effects.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import type { NameRecords } from "../../structures/name-records.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { openStream, type StreamView } from "./view.ts";

const id = new StreamId();
const number = new Int64();

/** The commands of a stream's key, with what each of them begins with. */
class Commands {
  readonly #effects: Effects;
  readonly #database: number;
  readonly #keyspace: Keyspace;
  readonly #ref: EntryRef;

  constructor(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef) {
    this.#effects = effects;
    this.#database = database;
    this.#keyspace = keyspace;
    this.#ref = ref;
  }

  /** Begins a command of these words, the key, and `more` arguments. */
  begin(more: number, ...words: readonly string[]): Effects {
    const effects = this.#effects;
    const keyspace = this.#keyspace;
    const ref = this.#ref;
    effects.begin(this.#database, words.length + 1 + more);
    for (const word of words) effects.word(word);
    effects.bytes(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
    return effects;
  }
}

/**
 * Commits the commands that make a stream, as a rewrite of Redis' log has them: an XADD for each
 * entry, XSETID, and for each group XGROUP CREATE and what is pending as XCLAIMs. What is pending of
 * entries that are deleted is lost there.
 */
export function recreateStream(
  effects: Effects,
  database: number,
  keyspace: Keyspace,
  ref: EntryRef,
): void {
  const stream = openStream(keyspace, ref);
  const commands = new Commands(effects, database, keyspace, ref);
  recreateEntries(commands, stream);
  commands.begin(5, "XSETID");
  effects.word(stream.lastId.text);
  effects.word("ENTRIESADDED");
  effects.integer(stream.added.toInteger());
  effects.word("MAXDELETEDID");
  effects.word(stream.maxDeletedId.text);
  effects.commit();
  if (stream.hasGroups) recreateGroups(commands, stream.groups);
  if (!keyspace.hasExpiry(ref)) return;
  commands.begin(1, "PEXPIREAT").integer(keyspace.expiryMs(ref));
  effects.commit();
}

function recreateEntries(commands: Commands, { entries }: StreamView): void {
  if (entries.length === 0) {
    const effects = commands.begin(5, "XADD");
    for (const word of ["MAXLEN", "0", "0-1", "x", "y"]) effects.word(word);
    effects.commit();
    return;
  }
  const { name, value } = entries;
  for (entries.beginAll(); entries.next(); ) {
    const effects = commands.begin(1 + 2 * entries.fields, "XADD");
    effects.word(entries.id.text);
    for (let left = entries.fields; left > 0; left--) {
      entries.nextField();
      effects.bytes(name.bytes, name.offset, name.length);
      effects.bytes(value.bytes, value.offset, value.length);
    }
    effects.commit();
  }
}

function recreateGroups(commands: Commands, view: ConsumerGroups): void {
  const { groups, consumers } = view;
  for (let group = groups.at(0); group !== 0; group = groups.next()) {
    view.openGroup(group);
    const effects = commands.begin(4, "XGROUP", "CREATE");
    putName(effects, groups, group);
    effects.word(view.readLastId(group, id).text);
    effects.word("ENTRIESREAD");
    effects.integer(view.readEntriesRead(group, number).toInteger());
    effects.commit();
    for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
      recreateConsumer(commands, view, one);
    }
  }
}

function recreateConsumer(commands: Commands, view: ConsumerGroups, consumer: number): void {
  const { groups, consumers, group } = view;
  const own = view.openOwn(consumer);
  if (own.length === 0) {
    const effects = commands.begin(2, "XGROUP", "CREATECONSUMER");
    putName(effects, groups, group);
    putName(effects, consumers, consumer);
    effects.commit();
  }
  for (let more = own.seekPosition(0); more; more = own.next()) {
    view.findPending(ConsumerGroups.readId(own, id));
    const effects = commands.begin(10, "XCLAIM");
    putName(effects, groups, group);
    putName(effects, consumers, consumer);
    effects.word("0");
    effects.word(id.text);
    effects.word("TIME");
    effects.integer(view.readDelivered(number).toInteger());
    effects.word("RETRYCOUNT");
    effects.integer(view.readCount(number).toInteger());
    effects.word("JUSTID");
    effects.word("FORCE");
    effects.commit();
  }
}

function putName(effects: Effects, names: NameRecords, record: number): void {
  effects.bytes(names.bytes(record), names.nameOffset(record), names.nameLength(record));
}
