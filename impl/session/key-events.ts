/**
 * What can happen to a key, by the names of Redis' keyspace notifications.
 *
 * Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/
 */

import { eventBit } from "../config/events.ts";

/** The classes of events, by their letters in `notify-keyspace-events`. */
export const EVENT_CLASSES = {
  generic: "g",
  string: "$",
  list: "l",
  set: "s",
  hash: "h",
  sortedSet: "z",
  stream: "t",
  expired: "x",
  evicted: "e",
  module: "d",
  keyMiss: "m",
  newKey: "n",
  /** Nobody is notified of these, since no letter asks for them. Who watches the key learns of them. */
  unnotified: "-",
} as const;

/** A class of events. */
export type EventClass = keyof typeof EVENT_CLASSES;

/** The bits of the classes in the value of `notify-keyspace-events`; 0 for what nobody can ask for. */
const EVENT_BITS = Object.fromEntries(
  Object.entries(EVENT_CLASSES).map(([name, letter]) => [name, eventBit(letter)]),
) as { readonly [Name in EventClass]: number };

/** One kind of event. Each is declared once, beside the commands that cause it. */
export interface KeyEvent {
  readonly name: string;
  readonly class: EventClass;
  /** Its class as a bit of `notify-keyspace-events`. */
  readonly bit: number;
  /** Who waits for the key may find it now, even if it was there before. */
  readonly isArrival: boolean;
}

/** Declares an event. */
export function keyEvent(eventClass: EventClass, name: string): KeyEvent {
  return { name, class: eventClass, bit: EVENT_BITS[eventClass], isArrival: false };
}

/**
 * Declares an event after which those who wait for the key look at it, even if it was there before:
 * what was there has been removed first, or what is there has become more.
 */
export function arrivalEvent(eventClass: EventClass, name: string): KeyEvent {
  return { ...keyEvent(eventClass, name), isArrival: true };
}

/** The events that no single family of commands has for itself. */
export const KEY_EVENT = {
  del: keyEvent("generic", "del"),
  expire: keyEvent("generic", "expire"),
  persist: keyEvent("generic", "persist"),
  renameFrom: keyEvent("generic", "rename_from"),
  renameTo: arrivalEvent("generic", "rename_to"),
  moveFrom: keyEvent("generic", "move_from"),
  moveTo: keyEvent("generic", "move_to"),
  copyTo: arrivalEvent("generic", "copy_to"),
  restore: arrivalEvent("generic", "restore"),
  expired: keyEvent("expired", "expired"),
  /** It had to go to make room. */
  evicted: keyEvent("evicted", "evicted"),
  /** A key that was not there is there now: before the event of what made it. */
  new: keyEvent("newKey", "new"),
  /** Somebody has asked for a key that is not there. */
  keyMiss: keyEvent("keyMiss", "keymiss"),
} as const;
