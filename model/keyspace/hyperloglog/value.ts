/**
 * A HyperLogLog as Redis keeps it in a string: `HYLL`, the number of its form, three bytes of no
 * meaning, the estimate that was last made (eight bytes, the first the least significant; the
 * highest bit says that it no longer holds), and the registers, dense or sparse.
 */
import type { Bytes } from "../reply.ts";
import { REGISTERS } from "./hash.ts";
import { parseRuns, printRuns, type Raised, type Run, raise, registersOfRuns } from "./sparse.ts";

/** A HyperLogLog. */
export interface HyperLogLog {
  readonly unused: Bytes;
  readonly estimate: Bytes;
  readonly registers:
    | { readonly form: "dense"; readonly values: ReadonlyArray<number> }
    | { readonly form: "sparse"; readonly runs: ReadonlyArray<Run> };
}

const MAGIC = "HYLL";
const HEADER_BYTES = 16;
const REGISTER_BITS = 6;
/** Bytes of a dense HyperLogLog. */
const DENSE_BYTES = HEADER_BYTES + (REGISTERS * REGISTER_BITS) / 8;
/** `hll-sparse-max-bytes`. */
const SPARSE_MAX_BYTES = 3000;

/** What has seen nothing. */
export const empty: HyperLogLog = {
  unused: "\0\0\0",
  estimate: "\0".repeat(8),
  registers: {
    form: "sparse",
    runs: [{ kind: "long zeros", value: 0, length: REGISTERS }],
  },
};

/** The HyperLogLog that the bytes are; nothing when they are none. */
export const parse = (bytes: Bytes): HyperLogLog | undefined => {
  if (bytes.length < HEADER_BYTES || !bytes.startsWith(MAGIC)) return undefined;
  const form = bytes.charCodeAt(4);
  const rest = bytes.slice(HEADER_BYTES);
  const header = { unused: bytes.slice(5, 8), estimate: bytes.slice(8, HEADER_BYTES) };
  if (form === 1) return { ...header, registers: { form: "sparse", runs: parseRuns(rest) } };
  if (form !== 0 || bytes.length !== DENSE_BYTES) return undefined;
  return { ...header, registers: { form: "dense", values: parseDense(rest) } };
};

/** Four registers in three bytes, the lowest bits first. */
const parseDense = (bytes: Bytes): ReadonlyArray<number> => {
  const values: Array<number> = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [0, 1, 2].map((i) => bytes.charCodeAt(at + i)) as [number, number, number];
    const bits = a + b * 2 ** 8 + c * 2 ** 16;
    for (let i = 0; i < 4; i += 1) values.push((bits >> (i * REGISTER_BITS)) & 63);
  }
  return values;
};

const printDense = (values: ReadonlyArray<number>): Bytes => {
  const bytes: Array<number> = [];
  for (let at = 0; at < values.length; at += 4) {
    const bits = [0, 1, 2, 3].reduce(
      (sum, i) => sum + (values[at + i] ?? 0) * 2 ** (i * REGISTER_BITS),
      0,
    );
    bytes.push(bits & 255, (bits >> 8) & 255, bits >> 16);
  }
  return bytes.map((byte) => String.fromCharCode(byte)).join("");
};

/** The bytes of a HyperLogLog. */
export const print = ({ unused, estimate, registers }: HyperLogLog): Bytes => {
  if (registers.form === "dense")
    return `${MAGIC}\0${unused}${estimate}${printDense(registers.values)}`;
  return `${MAGIC}\x01${unused}${estimate}${printRuns(registers.runs)}`;
};

/** The value of each register; nothing when the HyperLogLog is corrupt. */
export const registersOf = ({ registers }: HyperLogLog): ReadonlyArray<number> | undefined => {
  if (registers.form === "dense") return registers.values;
  return registersOfRuns(registers.runs);
};

/** The same registers in the dense form; nothing when the HyperLogLog is corrupt. */
export const toDense = (hll: HyperLogLog): HyperLogLog | undefined => {
  const values = registersOf(hll);
  return values && { ...hll, registers: { form: "dense", values } };
};

/** Why a register cannot be given a value. */
export type Flaw = "corrupt" | "beyond Redis";

/** Gives a register that value unless it has a larger one. */
export const withRegister = (
  hll: HyperLogLog,
  index: number,
  value: number,
): HyperLogLog | Flaw => {
  const { registers } = hll;
  if (registers.form === "dense") {
    if ((registers.values[index] ?? 0) >= value) return hll;
    return { ...hll, registers: { form: "dense", values: registers.values.with(index, value) } };
  }
  const raised: Raised = raise(registers.runs, index, value, SPARSE_MAX_BYTES - HEADER_BYTES);
  if (raised._tag === "Corrupt") return "corrupt";
  if (raised._tag === "BeyondRedis") return "beyond Redis";
  if (raised._tag === "Same") return hll;
  if (raised._tag === "Raised")
    return forgetEstimate({ ...hll, registers: { form: "sparse", runs: raised.runs } });
  const dense = toDense(hll);
  return dense === undefined ? "corrupt" : withRegister(dense, index, value);
};

const HIGHEST_BIT = 128;

/** The last estimate holds no longer. */
export const forgetEstimate = (hll: HyperLogLog): HyperLogLog => {
  const last = String.fromCharCode(hll.estimate.charCodeAt(7) | HIGHEST_BIT);
  return { ...hll, estimate: hll.estimate.slice(0, 7) + last };
};

/** The last estimate, if it still holds. */
export const keptEstimate = ({ estimate }: HyperLogLog): bigint | undefined => {
  if (estimate.charCodeAt(7) >= HIGHEST_BIT) return undefined;
  return Array.from(estimate).reduceRight(
    (value, byte) => value * 256n + BigInt(byte.charCodeAt(0)),
    0n,
  );
};

/** The HyperLogLog with an estimate that holds. */
export const keepEstimate = (hll: HyperLogLog, value: bigint): HyperLogLog => {
  const bits = BigInt.asUintN(64, value);
  const bytes = Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(8 * i)) & 255n));
  return { ...hll, estimate: String.fromCharCode(...bytes) };
};
