/**
 * Keyspace notifications: each event of a key that `notify-keyspace-events` asks for, as messages to
 * two channels, one named after the key and one after the event.
 *
 * Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/
 */
import { assert } from "../assert.ts";
import type { Config } from "../config/config.ts";
import { EVENT } from "../config/events.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import type { KeyChangeListener } from "./changes.ts";
import type { DataSet } from "./data-set.ts";
import { KEY_EVENT, type KeyEvent } from "./key-events.ts";
import { publish, spanOf } from "./publish.ts";
import type { PushHost } from "./push.ts";
import type { Settings } from "./settings.ts";

/** What notifications need of the instance that has them. */
export interface NotificationsHost extends PushHost {
  readonly config: Config;
  readonly settings: Settings;
  readonly data: DataSet;
}

const CHANNELS = EVENT.keyspace | EVENT.keyevent;

/** Publishes what happens to keys, while the configuration asks for it. */
export class Notifications implements KeyChangeListener {
  readonly #instance: NotificationsHost;
  #isListening = false;

  constructor(instance: NotificationsHost) {
    this.#instance = instance;
    this.#follow();
    instance.config.onChange("notify-keyspace-events", (): undefined => this.#follow());
  }

  changed(
    database: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    event: KeyEvent,
  ): void {
    this.tell(database, bytes, offset, length, event);
  }

  /** Tells of an event if it is asked for: of the key `bytes[offset..offset + length)`. */
  tell(database: number, bytes: Uint8Array, offset: number, length: number, event: KeyEvent): void {
    const instance = this.#instance;
    const { notifiedEvents } = instance.settings;
    if ((notifiedEvents & event.bit) === 0 || instance.clients.subscriptions.isUnheard) return;
    const name = Buffer.from(event.name, "latin1");
    const key = { bytes, offset, length };
    if ((notifiedEvents & EVENT.keyspace) !== 0) {
      const prefix = Buffer.from(`__keyspace@${database}__:`, "latin1");
      const channel = Buffer.concat([prefix, bytes.subarray(offset, offset + length)]);
      publish(instance, spanOf(channel), spanOf(name));
    }
    if ((notifiedEvents & EVENT.keyevent) !== 0) {
      const channel = Buffer.from(`__keyevent@${database}__:${event.name}`, "latin1");
      publish(instance, spanOf(channel), key);
    }
  }

  /** Does something that makes keys which were there before: nobody is told that they are new. */
  withoutNewKeys<Result>(act: () => Result): Result {
    if (!this.#wantsNewKeys) return act();
    this.#hearNewKeys(false);
    try {
      return act();
    } finally {
      this.#hearNewKeys(true);
    }
  }

  /** Throws unless it listens to what the configuration asks for. */
  verifyInvariants(): void {
    assert(this.#isListening === this.#isWanted, "notifications of other events than asked for");
    for (const { onNewKey } of this.#instance.data.databases) {
      assert((onNewKey !== null) === this.#wantsNewKeys, "a database whose new keys are not heard");
    }
  }

  get #isWanted(): boolean {
    const { notifiedEvents } = this.#instance.settings;
    return (notifiedEvents & CHANNELS) !== 0 && (notifiedEvents & ~CHANNELS) !== 0;
  }

  get #wantsNewKeys(): boolean {
    return this.#isWanted && (this.#instance.settings.notifiedEvents & EVENT.new) !== 0;
  }

  /** The configuration may have changed. */
  #follow(): undefined {
    const { changes } = this.#instance.data;
    if (this.#isListening !== this.#isWanted) {
      this.#isListening = this.#isWanted;
      if (this.#isListening) changes.listen(this);
      else changes.ignore(this);
    }
    this.#hearNewKeys(this.#wantsNewKeys);
  }

  #hearNewKeys(isHeard: boolean): void {
    const hear = isHeard ? this.#newKey : null;
    for (const keyspace of this.#instance.data.databases) keyspace.onNewKey = hear;
  }

  readonly #newKey = (keyspace: Keyspace, ref: EntryRef): void => {
    const database = this.#instance.data.databases.indexOf(keyspace);
    const bytes = keyspace.bytes(ref);
    this.tell(
      ...([database, bytes, keyspace.keyOffset(ref), keyspace.keyLength(ref)] as const),
      KEY_EVENT.new,
    );
  };
}
