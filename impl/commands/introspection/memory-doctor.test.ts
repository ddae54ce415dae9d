import { expect, test } from "vitest";
import { diagnose, type MemorySigns } from "./memory-doctor.ts";

const MB = 1024 * 1024;

/** A hundred megabytes, and nothing wrong with them. */
const WELL: MemorySigns = {
  usedBytes: 100 * MB,
  peakBytes: 100 * MB,
  reservedBytes: 100 * MB,
  reservedResidentBytes: 100 * MB,
  residentBytes: 100 * MB,
  clientsBytes: 20_000,
  clients: 1,
  replicasBytes: 0,
  replicas: 0,
  scripts: 0,
};

const found = (signs: Partial<MemorySigns>) =>
  [...diagnose({ ...WELL, ...signs }).matchAll(/^ \* (\w+(?: memory)?):/gm)].map(
    ([, name]) => name,
  );

test("an instance without a problem, and one without data", () => {
  expect(diagnose(WELL)).toBe("No memory problem was found.\n");
  expect(diagnose({ ...WELL, usedBytes: 5 * MB - 1 })).toMatch(/nothing to diagnose/);
  expect(diagnose({ ...WELL, usedBytes: 5 * MB - 1, scripts: 2000 })).toMatch(
    /nothing to diagnose/,
  );
});

/** Each at its edge, and one step beyond it. */
const EDGES: readonly (readonly [string, Partial<MemorySigns>, Partial<MemorySigns>])[] = [
  ["Peak", { peakBytes: 150 * MB }, { peakBytes: 151 * MB }],
  [
    "Replicas",
    { replicas: 2, replicasBytes: 10 * MB },
    { replicas: 2, replicasBytes: 10 * MB + 1 },
  ],
  ["Clients", { clients: 2, clientsBytes: 400 * 1024 }, { clients: 2, clientsBytes: 401 * 1024 }],
  ["Scripts", { scripts: 1000 }, { scripts: 1001 }],
  [
    "Fragmentation",
    { reservedBytes: 110 * MB, reservedResidentBytes: 110 * MB, residentBytes: 110 * MB },
    { reservedBytes: 111 * MB, reservedResidentBytes: 111 * MB, residentBytes: 111 * MB },
  ],
  [
    "Allocator",
    { reservedResidentBytes: 110 * MB, residentBytes: 110 * MB },
    { reservedResidentBytes: 111 * MB, residentBytes: 111 * MB },
  ],
  ["Process", { residentBytes: 110 * MB }, { residentBytes: 111 * MB }],
];

test.each(EDGES)("%s: at its edge there is nothing, beyond it there is", (name, at, beyond) => {
  expect(found(at)).toEqual([]);
  expect(found(beyond)).toEqual([name]);
});

test("resident memory beyond 1.4 of what is in use, if that is more than 10 MB", () => {
  expect(found({ residentBytes: 140 * MB })).toEqual(["Process"]);
  expect(found({ residentBytes: 141 * MB })).toEqual(["Resident memory", "Process"]);
  const small = { usedBytes: 6 * MB, peakBytes: 6 * MB, reservedBytes: 6 * MB };
  expect(found({ ...small, reservedResidentBytes: 6 * MB, residentBytes: 16 * MB })).toEqual([]);
});

test("replicas' buffers say nothing where there are no replicas", () => {
  expect(found({ replicas: 0, replicasBytes: 20 * MB })).toEqual([]);
});
