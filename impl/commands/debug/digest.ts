/**
 * DEBUG DIGEST: a fingerprint of the data, the same as that of a Redis with the same content.
 *
 * Unordered parts are added by exclusive or of their hashes; ordered ones are mixed, which hashes
 * the sum so far again.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type EntryRef, type Keyspace, ValueType } from "../../engine/keyspace.ts";
import type { Instance } from "../../session/instance.ts";

const DIGEST_BYTES = 20;
const EXPIRES_MARK = Buffer.from("!!expire!!", "latin1");

/** The fingerprint of all databases, as forty hexadecimal digits. */
export function datasetDigest(instance: Instance): string {
  const digest = Buffer.alloc(DIGEST_BYTES);
  instance.databases.forEach((keyspace, database) => {
    if (keyspace.size === 0) return;
    mix(digest, bigEndian(database));
    keyspace.forEach((ref) => {
      const own = Buffer.alloc(DIGEST_BYTES);
      mix(own, keyOf(keyspace, ref));
      mixValue(own, keyspace, ref);
      xor(digest, sha1(own));
    });
  });
  return digest.toString("hex");
}

/** The fingerprint of one value, without its key; zeros for no value. */
export function valueDigest(keyspace: Keyspace, ref: EntryRef): string {
  const digest = Buffer.alloc(DIGEST_BYTES);
  if (ref !== 0) mixValue(digest, keyspace, ref);
  return digest.toString("hex");
}

function keyOf(keyspace: Keyspace, ref: EntryRef): Uint8Array {
  const offset = keyspace.keyOffset(ref);
  return keyspace.bytes(ref).subarray(offset, offset + keyspace.keyLength(ref));
}

function mixValue(digest: Buffer, keyspace: Keyspace, ref: EntryRef): void {
  const type = keyspace.type(ref);
  assert.equal(type, ValueType.string, "a type without a digest");
  mix(digest, bigEndian(type));
  const offset = keyspace.valueOffset(ref);
  mix(digest, keyspace.bytes(ref).subarray(offset, offset + keyspace.valueLength(ref)));
  if (keyspace.hasExpiry(ref)) xor(digest, sha1(EXPIRES_MARK));
}

function mix(digest: Buffer, data: Uint8Array): void {
  xor(digest, sha1(data));
  digest.set(sha1(digest));
}

function sha1(data: Uint8Array): Uint8Array {
  return createHash("sha1").update(data).digest();
}

function xor(digest: Buffer, other: Uint8Array): void {
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = digest[i]! ^ other[i]!;
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
