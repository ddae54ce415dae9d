import { RESERVED_REFS } from "../engine/arena.ts";
import { assert } from "../engine/assert.ts";
import type { Effects } from "../engine/effects.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import { TOMBSTONE } from "../engine/table.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import { latin1, Request } from "../resp/request.ts";
import { touchedAccess } from "./access.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/** What `readOf` and `writeOf` answer when the key holds another type: no entry is ever there. */
export const WRONG_TYPE: EntryRef = 2;
assert(WRONG_TYPE > TOMBSTONE && WRONG_TYPE < RESERVED_REFS, "no block has this reference");

/**
 * What a handler works with: one command of one session. There is one per instance, reused for
 * every command, so that a call allocates nothing.
 *
 * Keys are named by the argument they stand in: `lookupRead(1)` is the entry of argument 1's key in
 * the selected database. Every lookup removes the entry first if its time is past.
 */
export class Call {
  readonly instance: Instance;
  readonly effects: Effects;
  session!: Session;
  request: Request = new Request();
  reply!: ReplyWriter;
  record!: CommandRecord;
  /** The selected database. */
  keyspace!: Keyspace;
  /** Arguments of the present command that the slow log must not show. */
  readonly redacted: number[] = [];
  /** The handler has written its own effects; otherwise a changing command is its own effect. */
  rewritten = false;

  constructor(instance: Instance) {
    this.instance = instance;
    this.effects = instance.effects;
  }

  /** Wall-clock time of this batch, in milliseconds. */
  get nowMs(): number {
    return this.instance.nowMs;
  }

  /** The entry of argument `i`'s key for a read: counts a hit or a miss, marks the access. */
  lookupRead(i: number, touch = true): EntryRef {
    const ref = this.lookup(i);
    if (ref === 0) {
      this.instance.statistics.keyspaceMisses++;
      return 0;
    }
    this.instance.statistics.keyspaceHits++;
    if (touch) this.touch(ref);
    return ref;
  }

  /** The entry of argument `i`'s key for a write: marks the access, counts nothing. */
  lookupWrite(i: number): EntryRef {
    const ref = this.lookup(i);
    if (ref !== 0) this.touch(ref);
    return ref;
  }

  /** The entry of argument `i`'s key without any mark. */
  lookup(i: number): EntryRef {
    return this.lookupIn(this.session.database, this.keyspace, i);
  }

  /** The hash of argument `i`'s key, which is the same in every database. */
  keyHash(i: number): number {
    const request = this.request;
    if (i === 1 && request.keyHashed) return request.keyHash;
    return this.keyspace.hash(request.bytes, request.offsets[i]!, request.lengths[i]!);
  }

  /** `lookup` in another database, whose content is `keyspace`. */
  lookupIn(database: number, keyspace: Keyspace, i: number): EntryRef {
    const request = this.request;
    const bytes = request.bytes;
    const offset = request.offsets[i]!;
    const length = request.lengths[i]!;
    const ref = keyspace.findHashed(this.keyHash(i), bytes, offset, length);
    if (ref !== 0 && keyspace.isExpired(ref, this.instance.nowMs)) {
      this.instance.expire(database, ref);
      return 0;
    }
    return ref;
  }

  /**
   * `lookupRead` of a value of one type.
   *
   * @param type the type's number
   * @returns 0 when absent; WRONG_TYPE, with the error replied, when the key holds another type
   */
  readOf(type: number, i: number): EntryRef {
    return this.#ofType(type, this.lookupRead(i));
  }

  /** `lookupWrite` of a value of one type; as `readOf`. */
  writeOf(type: number, i: number): EntryRef {
    return this.#ofType(type, this.lookupWrite(i));
  }

  /** Marks an entry as accessed now, for OBJECT IDLETIME and FREQ. */
  touch(ref: EntryRef): void {
    const instance = this.instance;
    if (this.session.noTouch && this.record.fullName !== "touch") return;
    const keyspace = this.keyspace;
    const access = keyspace.access(ref);
    const touched = touchedAccess(instance, access);
    // Most accesses come in the same second as the one before: the entry's cache line stays clean.
    if (touched !== access) keyspace.setAccess(ref, touched);
  }

  /** Marks a key that this command has changed: WATCH, and the count of changes. */
  changed(i: number, database = this.session.database): void {
    this.instance.dirty++;
    this.signal(i, database);
  }

  /** Tells the watchers of argument `i`'s key that it has changed, without counting a change. */
  signal(i: number, database = this.session.database): void {
    if (this.instance.watches.isEmpty) return;
    const { bytes, offsets, lengths } = this.request;
    const keyspace = this.instance.databases[database]!;
    const exists = keyspace.find(bytes, offsets[i]!, lengths[i]!) !== 0;
    this.instance.watches.touch(database, latin1(bytes, offsets[i]!, lengths[i]!), exists);
  }

  /** Hides argument `i` from the slow log: a password. */
  redact(i: number): void {
    this.redacted.push(i);
  }

  /** Starts an effect that stands for this command; its arguments follow through `effects`. */
  rewrite(argc: number, database = this.session.database): Effects {
    this.rewritten = true;
    this.effects.begin(database, argc);
    return this.effects;
  }

  /** Makes `database` the selected one. */
  select(database: number): void {
    this.session.database = database;
    this.keyspace = this.instance.databases[database]!;
  }

  #ofType(type: number, ref: EntryRef): EntryRef {
    if (ref === 0 || this.keyspace.type(ref) === type) return ref;
    this.reply.error(ERR.wrongType);
    return WRONG_TYPE;
  }
}
