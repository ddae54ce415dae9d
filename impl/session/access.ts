import { assert, CHECKED } from "../assert.ts";
import type { Integer64 } from "../engine/integers.ts";
import type { Random } from "../ports/random.ts";
import type { Settings } from "./settings.ts";
import { ACCESS_MASK, accessSeconds, type Timing } from "./timing.ts";

/** What marks depend on. */
export interface AccessHost {
  readonly settings: Settings;
  readonly time: Timing;
  readonly random: Random;
}

/** Seconds since an access that was marked at `access`, across one wrap of the clock. */
export function idleSeconds(nowMs: number, access: number): number {
  if (CHECKED) assertFits(access);
  return (accessSeconds(nowMs) - access) & ACCESS_MASK;
}

/** The counter of a key that is asked for as often as it can be counted. */
export const MAX_LFU_COUNTER = 255;

/** A new key's counter under LFU, so that it is not evicted before it had a chance. */
const LFU_INITIAL = 5;

/** The access mark of a new entry. */
export function newAccess(instance: AccessHost): number {
  const access = instance.settings.lfu
    ? (lfuMinutes(instance.time.nowMs) << 8) | LFU_INITIAL
    : instance.time.nowAccess;
  if (CHECKED) assertFits(access);
  return access;
}

/** Idle times above this are no access times: the clock has wrapped since. */
const IDLE_MAX_SECONDS = ACCESS_MASK;

/**
 * The access mark of an entry whose last access is told, as RESTORE does: seconds since then under
 * LRU, the counter under LFU. What the policy does not keep is as in a new entry.
 */
export function restoredAccess(
  instance: AccessHost,
  idle: Integer64 | null,
  frequency: number | null,
): number {
  const { settings, time } = instance;
  if (settings.lfu) {
    return frequency === null ? newAccess(instance) : (lfuMinutes(time.nowMs) << 8) | frequency;
  }
  if (idle === null) return newAccess(instance);
  // As in Redis, an access before the clock's last wrap counts as half of its span ago.
  if (idle > time.nowAccess) return (time.nowAccess + (IDLE_MAX_SECONDS >>> 1)) % IDLE_MAX_SECONDS;
  return time.nowAccess - Number(idle);
}

/**
 * The access mark after an access: the second under LRU; under LFU the minute and a logarithmic
 * counter that chance increments (https://redis.io/docs/latest/develop/reference/eviction/).
 */
export function touchedAccess(instance: AccessHost, access: number): number {
  if (!instance.settings.lfu) return instance.time.nowAccess;
  const counter = lfuIncrement(instance, lfuCounter(instance, access));
  const touched = (lfuMinutes(instance.time.nowMs) << 8) | counter;
  if (CHECKED) assertFits(touched);
  return touched;
}

/** The LFU counter after its decay: one for each `lfu-decay-time` minutes since the last access. */
export function lfuCounter(instance: AccessHost, access: number): number {
  if (CHECKED) assertFits(access);
  const counter = access & 0xff;
  const decay = instance.settings.lfuDecayMinutes;
  if (decay === 0) return counter;
  const minutes = (lfuMinutes(instance.time.nowMs) - (access >>> 8)) & 0xffff;
  return Math.max(0, counter - Math.floor(minutes / decay));
}

function lfuIncrement(instance: AccessHost, counter: number): number {
  if (counter === MAX_LFU_COUNTER) return counter;
  const base = Math.max(0, counter - LFU_INITIAL);
  const odds = 1 / (base * instance.settings.lfuLogFactor + 1);
  return instance.random.nextU32() / 2 ** 32 < odds ? counter + 1 : counter;
}

function lfuMinutes(nowMs: number): number {
  return Math.floor(nowMs / 60_000) & 0xffff;
}

/** Asserted where a mark is made and where it is read again. */
function assertFits(access: number): void {
  assert(access >= 0 && access <= ACCESS_MASK, "an access mark has 24 bits");
}
