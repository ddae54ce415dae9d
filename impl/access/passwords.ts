/** Passwords: only their SHA-256 is ever kept. */
import { createHash } from "node:crypto";

/** The hash of a password, in lower-case hexadecimal digits. */
export function hashPassword(password: string): string {
  return createHash("sha256").update(Buffer.from(password, "latin1")).digest("hex");
}

/** True of a text that is the hash of a password. */
export function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Compares without telling by its duration how much of a hash is right. */
export function equalHashes(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) {
    difference |= one.charCodeAt(i) ^ other.charCodeAt(i % other.length);
  }
  return difference === 0;
}
