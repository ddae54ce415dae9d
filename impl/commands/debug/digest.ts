/** DEBUG DIGEST: a fingerprint of the data, the same as that of a Redis with the same content. */
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { Instance } from "../../session/instance.ts";
import { Digest } from "../../types/digest.ts";
import { typeOf } from "../../types/index.ts";

const EXPIRES_MARK = Buffer.from("!!expire!!", "latin1");

/** The fingerprint of all databases, as forty hexadecimal digits. */
export function datasetDigest(instance: Instance): string {
  const digest = new Digest();
  instance.data.databases.forEach((keyspace, database) => {
    if (keyspace.size === 0) return;
    digest.mixNumber(database);
    keyspace.forEach((ref) => {
      const own = new Digest();
      own.mix(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
      mixValue(own, keyspace, ref);
      digest.addDigest(own);
    });
  });
  return digest.text;
}

/** The fingerprint of one value, without its key; zeros for no value. */
export function valueDigest(keyspace: Keyspace, ref: EntryRef): string {
  const digest = new Digest();
  if (ref !== 0) mixValue(digest, keyspace, ref);
  return digest.text;
}

function mixValue(digest: Digest, keyspace: Keyspace, ref: EntryRef): void {
  const type = typeOf(keyspace, ref);
  digest.mixNumber(type.number);
  type.digest(digest, keyspace, ref);
  if (keyspace.hasExpiry(ref)) digest.add(EXPIRES_MARK);
}
