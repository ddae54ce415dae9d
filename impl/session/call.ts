import { assert } from "../assert.ts";
import { RESERVED_REFS } from "../engine/arena.ts";
import type { Effects } from "../engine/effects.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import { TOMBSTONE } from "../engine/table.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import { Request } from "../resp/request.ts";
import { touchedAccess } from "./access.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Instance } from "./instance.ts";
import { KEY_EVENT, type KeyEvent } from "./key-events.ts";
import type { Origin, RunningCommand } from "./observer.ts";
import type { Session } from "./session.ts";

/** What `readOf` and `writeOf` answer when the key holds another type: no entry is ever there. */
export const WRONG_TYPE: EntryRef = 2;
assert(WRONG_TYPE > TOMBSTONE && WRONG_TYPE < RESERVED_REFS, "no block has this reference");

/**
 * What a replay does instead of a command that has changed something: the same command, the effects
 * that its handler has encoded, or nothing.
 */
export type EffectForm = "verbatim" | "rewritten" | "none";

/**
 * What a handler works with: one command that runs, for one session. `Frames` reuses them, so that
 * a call allocates nothing.
 *
 * Keys are named by the argument they stand in: `lookupRead(1)` is the entry of argument 1's key in
 * the selected database. Every lookup removes the entry first if its time is past.
 */
export class Call implements RunningCommand {
  readonly instance: Instance;
  readonly effects: Effects;
  readonly depth: number;
  origin: Origin = "client";
  session!: Session;
  request: Request = new Request();
  reply!: ReplyWriter;
  record!: CommandRecord;
  /** The selected database. */
  keyspace!: Keyspace;
  replyStart = 0;
  /** Arguments of the present command that slow log and monitors must not show. */
  readonly redacted: number[] = [];
  /** What a replay does instead of this command. */
  effect: EffectForm = "verbatim";
  /** Set when the handler has returned before its command has ended: what goes on with it. */
  again: (() => void) | null = null;
  /** What is to be done when a command ends that was left. */
  ending: (() => void) | null = null;

  constructor(instance: Instance, depth: number) {
    this.instance = instance;
    this.effects = instance.data.effects;
    this.depth = depth;
  }

  /** Throws when a command begins that could not. `Frames` asks it. */
  verifyBegin(isLowest: boolean): void {
    assert(this.record.accepts(this.request.argc), "a handler gets the arguments of its arity");
    const isInside = this.origin === "exec" || this.origin === "script";
    assert(isLowest !== isInside, "commands of EXEC and scripts run inside them");
  }

  /** True when the client may be kept waiting for a reply: not inside EXEC, a script or a replay. */
  get mayBlock(): boolean {
    return this.depth === 0 && this.origin !== "replay";
  }

  /** Wall-clock time of this batch, in milliseconds. */
  get nowMs(): number {
    return this.instance.time.nowMs;
  }

  /** The entry of argument `i`'s key for a read: counts a hit or a miss, marks the access. */
  lookupRead(i: number, touch = true): EntryRef {
    const ref = this.lookup(i);
    if (ref === 0) {
      const { bytes, offsets, lengths } = this.request;
      this.#missed(bytes, offsets[i]!, lengths[i]!);
      return 0;
    }
    this.instance.statistics.keyspaceHits++;
    if (touch) this.touch(ref);
    return ref;
  }

  /** `lookupRead` of a key that is no argument: one that a command makes up. */
  lookupReadOf(bytes: Uint8Array, offset: number, length: number): EntryRef {
    const { keyspace } = this;
    const hash = keyspace.hash(bytes, offset, length);
    const ref = this.#living(
      this.session.database,
      keyspace,
      keyspace.findHashed(hash, bytes, offset, length),
    );
    if (ref === 0) {
      this.#missed(bytes, offset, length);
      return 0;
    }
    this.instance.statistics.keyspaceHits++;
    this.touch(ref);
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
    return this.#living(
      database,
      keyspace,
      keyspace.findHashed(this.keyHash(i), bytes, offset, length),
    );
  }

  /** The entry, unless its time is past: then it goes. */
  #living(database: number, keyspace: Keyspace, ref: EntryRef): EntryRef {
    if (ref === 0 || !keyspace.isExpired(ref, this.instance.time.nowMs)) return ref;
    this.instance.data.expire(database, ref);
    return 0;
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
    if (this.session.noTouch && !this.record.marksAccess) return;
    const keyspace = this.keyspace;
    const access = keyspace.access(ref);
    const touched = touchedAccess(instance, access);
    // Most accesses come in the same second as the one before: the entry's cache line stays clean.
    if (touched !== access) keyspace.setAccess(ref, touched);
  }

  /**
   * Argument `i`'s key has changed: the one way to say so. It is counted, watching transactions
   * will fail, and whoever listens to the key is told of the event.
   *
   * @param count how much INFO's rdb_changes_since_last_save grows; 0 for a further event of a
   *   change that has been counted
   * @param database where the key is, when that is not the selected one
   */
  changed(i: number, event: KeyEvent, count = 1, database = this.session.database): void {
    const { changes } = this.instance.data;
    changes.add(count);
    if (changes.areUnheard) return;
    const { bytes, offsets, lengths } = this.request;
    const offset = offsets[i]!;
    const length = lengths[i]!;
    const exists = this.instance.data.databases[database]!.find(bytes, offset, length) !== 0;
    changes.tell(database, bytes, offset, length, event, exists);
  }

  /**
   * Something has happened to argument `i`'s key that is counted and told as `changed` does, but
   * transactions that watch the key do not fail, as in Redis.
   */
  changedUnwatched(i: number, event: KeyEvent, count = 1): void {
    const { changes, databases } = this.instance.data;
    changes.add(count);
    if (changes.areUnheard) return;
    const { bytes, offsets, lengths } = this.request;
    const offset = offsets[i]!;
    const length = lengths[i]!;
    const { database } = this.session;
    const exists = databases[database]!.find(bytes, offset, length) !== 0;
    changes.tellUnwatched(database, bytes, offset, length, event, exists);
  }

  /**
   * Argument `i`'s key is told to be new: what was there has been removed first, as Redis has it, or
   * the key was made in silence. Others are told by themselves.
   */
  tellNew(i: number, database = this.session.database): void {
    const { settings, notifications } = this.instance;
    if (settings.notifiedEvents === 0) return;
    const { bytes, offsets, lengths } = this.request;
    notifications.tell(database, bytes, offsets[i]!, lengths[i]!, KEY_EVENT.new);
  }

  /**
   * A key has changed, and nobody who watches it or listens is told, as in Redis.
   *
   * @param count as for `changed`. Precondition of 0: the handler writes an effect, without which a
   *   replay would lead elsewhere
   */
  changedUnseen(count = 0): void {
    this.instance.data.changes.add(count);
  }

  /** As `changedUnseen`, where argument `i`'s key has not been there before. */
  appearedUnseen(i: number): void {
    this.changedUnseen();
    const { bytes, offsets, lengths } = this.request;
    this.instance.data.changes.tellAppeared(this.session.database, bytes, offsets[i]!, lengths[i]!);
  }

  /** The effect is the command itself, though it has counted no change. */
  repeatAsEffect(): void {
    if (!this.effects.enabled) return;
    const { request } = this;
    const effects = this.rewrite(request.argc);
    for (let i = 0; i < request.argc; i++) effects.argument(request, i);
  }

  /**
   * Removes argument `i`'s key, if it is there, since there is nothing to store at it. As in Redis
   * this deletes a key whose time is past as well, which then has not expired.
   */
  removeDestination(i: number): void {
    const { bytes, offsets, lengths } = this.request;
    const lying = this.keyspace.findHashed(this.keyHash(i), bytes, offsets[i]!, lengths[i]!);
    if (lying !== 0) this.remove(i, lying);
  }

  /** Replicas execute this command as well. It changes nothing, so that the log does not keep it. */
  relay(): void {
    this.effects.relay(this.session.database, this.request);
  }

  /**
   * Argument `i`'s key in another database, or now, long after the command began, is about to change:
   * a snapshot that is being written takes it as it is. Others are seen to when a command begins.
   */
  capture(i: number, database = this.session.database): void {
    const { walk, databases } = this.instance.data;
    if (walk === null) return;
    const { bytes, offsets, lengths } = this.request;
    const keyspace = databases[database]!;
    const ref = keyspace.find(bytes, offsets[i]!, lengths[i]!);
    if (ref !== 0) walk.capture(keyspace, ref);
  }

  /** Removes argument `i`'s key in the selected database, which is a change. */
  remove(i: number, ref: EntryRef): void {
    this.keyspace.remove(ref);
    this.changed(i, KEY_EVENT.del);
  }

  /**
   * Removes argument `i`'s key if nothing is left in its value: no collection is ever empty. The
   * change that took the last element has been counted; this is a further event of it.
   *
   * @param length how many elements the value has now
   * @returns whether the key is gone
   */
  removeIfEmpty(i: number, ref: EntryRef, length: number): boolean {
    if (length > 0) return false;
    this.keyspace.remove(ref);
    this.changed(i, KEY_EVENT.del, 0);
    return true;
  }

  /** Hides argument `i` from the slow log and from monitors: a password. */
  redact(i: number): void {
    this.redacted.push(i);
  }

  /** Starts an effect that stands for this command; its arguments follow through `effects`. */
  rewrite(argc: number, database = this.session.database): Effects {
    this.effect = "rewritten";
    this.effects.begin(database, argc);
    return this.effects;
  }

  /** The command's changes are no effect of its own: nobody, or commands inside it, has them. */
  withoutEffect(): void {
    this.effect = "none";
  }

  /** Makes `database` the selected one. */
  select(database: number): void {
    this.session.database = database;
    this.keyspace = this.instance.data.databases[database]!;
  }

  /** A key is not there that somebody wanted to read. */
  #missed(bytes: Uint8Array, offset: number, length: number): void {
    // Who is served has asked before.
    if (this.origin === "served") return;
    this.instance.statistics.keyspaceMisses++;
    if (this.instance.settings.notifiedEvents === 0 || this.record.hidesMisses) return;
    const { database } = this.session;
    this.instance.notifications.tell(database, bytes, offset, length, KEY_EVENT.keyMiss);
  }

  #ofType(type: number, ref: EntryRef): EntryRef {
    if (ref === 0 || this.keyspace.type(ref) === type) return ref;
    this.reply.error(ERR.wrongType);
    return WRONG_TYPE;
  }
}
