/** Judges what TLC found against what the manifest expects. */
import {
  type ConfigurationEntry,
  labelsOf,
  type PropertyEntry,
  type Specification,
} from "./manifest.ts";
import type { TlcReport, Verdict } from "./tlc-output.ts";

/** A verdict in a few words. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case "holds":
      return "holds";
    case "violated":
      return `violates ${verdict.property ?? "a temporal property or refinement"}`;
    case "deadlock":
      return "deadlocks";
    case "rejected":
      return `does not parse:\n${verdict.message}`;
    case "failed":
      return `cannot be checked:\n${verdict.message}`;
  }
}

/** What is wrong with a configuration's run; nothing when it is as the manifest says. */
export function judgeConfiguration(
  spec: Specification,
  configuration: ConfigurationEntry,
  report: TlcReport,
): readonly string[] {
  if (report.verdict.kind !== "holds") return [describeVerdict(report.verdict)];
  return [...judgeCounts(configuration, report), ...judgeCoverage(spec, configuration, report)];
}

function judgeCounts(configuration: ConfigurationEntry, report: TlcReport): string[] {
  return (["distinct", "generated", "depth"] as const)
    .filter((count) => report[count] !== configuration[count])
    .map((count) => `${count} is ${report[count]}, the manifest says ${configuration[count]}`);
}

function judgeCoverage(
  spec: Specification,
  { untaken = {} }: ConfigurationEntry,
  { coverage }: TlcReport,
): string[] {
  const labels = spec.actions.flatMap(labelsOf);
  const failures: string[] = [];
  for (const label of labels) {
    const taken = coverage.get(label)?.taken;
    const excused = untaken[label] !== undefined;
    if (taken === undefined) failures.push(`TLC knows no action ${label}`);
    else if (taken === 0 && !excused) failures.push(`action ${label} is never taken`);
    else if (taken > 0 && excused) failures.push(`action ${label} is taken, and listed as untaken`);
  }
  for (const label of coverage.keys()) {
    if (!labels.includes(label)) failures.push(`action ${label} is not in the manifest`);
  }
  for (const label of Object.keys(untaken)) {
    if (!labels.includes(label)) failures.push(`${label}, listed as untaken, is no action`);
  }
  return failures;
}

/**
 * What is wrong with a mutant's run, in which its property is the only one; null when it violates
 * that property, as it must.
 */
export function judgeMutant(property: PropertyEntry, { verdict }: TlcReport): string | null {
  if (verdict.kind === "holds") return `passes: ${property.name} does not notice it`;
  if (verdict.kind !== "violated")
    return `${describeVerdict(verdict)}: not what ${property.name} is about`;
  // TLC names invariants always, of the others only some; there is no other to mistake it for.
  const named = verdict.property === null || verdict.property === property.name;
  if (named && (property.kind !== "invariant" || verdict.property !== null)) return null;
  return `${describeVerdict(verdict)}, expected ${property.name}`;
}
