import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { countRegisters, DENSE_REGISTERS_BYTES, readRegister, writeRegister } from "./dense.ts";
import { estimate } from "./estimate.ts";
import { HYPERLOGLOG } from "./facts.ts";
import { findPlace, type Place, REGISTERS } from "./hash.ts";

/** PFSELFTEST: whether registers hold what they get, and estimates are as good as they should be. */
export const PFSELFTEST: Command = {
  ...HYPERLOGLOG,
  name: "pfselftest",
  arity: 1,
  flags: ["admin"],
  since: "2.8.9",
  complexity: "O(N) in the elements that it adds",
  summary: "Tests registers and estimates of HyperLogLogs",
  docFlags: ["syscmd"],
  handler: pfselftest,
};

const ELEMENTS = 50_000;
const CHECKED_EVERY = 5000;
/** The standard error of an estimate, six times: none of the estimates that are tested is so far off. */
const TOLERANCE = (6 * 1.04) / Math.sqrt(REGISTERS);

function pfselftest({ reply }: Call): void {
  const failure = registerFailure() ?? estimateFailure();
  if (failure === null) reply.ok();
  else reply.error(`TESTFAILED ${failure}`);
}

/** The values of neighbours differ, and every value occurs in every place of a byte. */
function valueFor(index: number): number {
  return (index * 37 + (index >> 6)) & 63;
}

function registerFailure(): string | null {
  const bytes = new Uint8Array(DENSE_REGISTERS_BYTES);
  for (let i = 0; i < REGISTERS; i++) writeRegister(bytes, 0, i, valueFor(i));
  for (let i = 0; i < REGISTERS; i++) {
    const value = readRegister(bytes, 0, i);
    if (value !== valueFor(i)) return `register ${i} holds ${value}, not ${valueFor(i)}`;
  }
  return null;
}

function estimateFailure(): string | null {
  const registers = new Uint8Array(DENSE_REGISTERS_BYTES);
  const counts = new Float64Array(64);
  const element = new Uint8Array(8);
  const view = new DataView(element.buffer);
  const place: Place = { index: 0, rank: 0 };
  for (let added = 1; added <= ELEMENTS; added++) {
    view.setUint32(0, added, true);
    findPlace(place, element, 0, element.length);
    if (readRegister(registers, 0, place.index) < place.rank) {
      writeRegister(registers, 0, place.index, place.rank);
    }
    if (added % CHECKED_EVERY !== 0) continue;
    counts.fill(0);
    countRegisters(registers, 0, counts);
    const estimated = Number(estimate(counts));
    if (Math.abs(estimated - added) > added * TOLERANCE) {
      return `${added} elements are estimated as ${estimated}`;
    }
  }
  return null;
}
