/** Where redis-server's verdict on a payload is another than ours, and why it may be. */
import { valueDigest } from "../../../impl/commands/debug/digest.ts";
import { Keyspace } from "../../../impl/engine/keyspace.ts";
import { RdbReader } from "../../../impl/rdb/reader.ts";
import { typeByRdb } from "../../../impl/types/index.ts";
import { rootedValues } from "../../../impl/types/rooted.ts";
import type { Verdict } from "./judge.ts";
import { FOOTER_BYTES } from "./parts.ts";

const KEY = Buffer.from("k");

/** The fingerprint of what the bytes before `end` hold, or what is wrong with them. */
function read(payload: Uint8Array, end: number): { digest?: string; damage?: string } {
  const type = typeByRdb(payload[0] ?? -1);
  if (type === null) return { damage: "type" };
  const keyspace = new Keyspace({ hashKey: [1, 2], rooted: rootedValues });
  const reader = new RdbReader(payload, 1, end);
  const ref = type.load(reader, payload[0]!, keyspace, KEY, 0, KEY.length);
  return ref === 0 ? { damage: reader.damage ?? "" } : { digest: valueDigest(keyspace, ref) };
}

/**
 * The name of the difference: null where the servers agree, undefined where nobody knows it.
 *
 * @param theirs what redis-server answers to DEBUG DIGEST-VALUE, null when it has refused
 */
export function differenceOf(
  payload: Uint8Array,
  ours: Verdict | null,
  theirs: string | null,
): string | null | undefined {
  if (ours === null ? theirs === null : theirs?.endsWith(`+${ours.digest}\r\n`)) return null;
  if (ours !== null) return undefined;
  const { digest } = read(payload, payload.length);
  if (digest !== undefined && theirs?.endsWith(`+${digest}\r\n`)) {
    return "Redis reads on into version and checksum";
  }
  const { damage } = read(payload, payload.length - FOOTER_BYTES);
  if (damage === "no node of a stream") return "Redis looks less closely at nodes of streams";
  if (damage === "no length") return "Redis takes what announces a string for a length";
  if (damage === "a score that is not a number")
    return "Redis takes any text in a listpack for a score";
  return undefined;
}

/** What is wrong with a payload, as we see it. */
export function damageOf(payload: Uint8Array): string {
  return read(payload, payload.length - FOOTER_BYTES).damage ?? "nothing";
}
