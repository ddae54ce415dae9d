/** What is expected of TLC's verdicts: traces of runs are accepted, tampered ones are not. */
import type { TraceVerdict } from "./judge.ts";
import type { TamperedSet } from "./tampering/tampering.ts";
import type { RecordedTrace } from "./trace.ts";

/** How many events before the one that was refused are told. */
const SHOWN_EVENTS = 6;

/** Runs that the specification does not allow, a sentence for each. */
export function refusedRuns(
  traces: readonly RecordedTrace[],
  verdicts: readonly TraceVerdict[],
): readonly string[] {
  return traces.flatMap(({ name, events }, index) => {
    const verdict = verdicts[index]!;
    if (verdict.kind === "accepted") return [];
    const shown = events.slice(Math.max(0, verdict.event - SHOWN_EVENTS), verdict.event);
    const lines = shown.map(({ action, fields }) => `  ${action} ${JSON.stringify(fields)}`);
    return [`${name}: no behaviour at event ${verdict.event}\n${lines.join("\n")}`];
  });
}

/**
 * Runs that the specification allows and its model does not: the two have come apart, and the run
 * was left out where runs are tampered with.
 *
 * @param reasons why the model does not follow each run; null where it does
 */
export function unfollowedRuns(
  verdicts: readonly TraceVerdict[],
  reasons: readonly (string | null)[],
): readonly string[] {
  return reasons.flatMap((reason, index) => {
    if (reason === null || verdicts[index]!.kind !== "accepted") return [];
    return [`TLC accepts what the model does not: ${reason}`];
  });
}

/** Kinds of tampering that no trace allows: nothing was shown about them. */
export function impossible(sets: readonly TamperedSet[]): readonly string[] {
  const empty = sets.filter(({ tampered }) => tampered.length === 0);
  return empty.map(({ kind }) => `tampering "${kind}" can be applied to no trace`);
}

/**
 * Tampered traces that pass, or that are refused before what was tampered with; a sentence for
 * each.
 *
 * @param verdicts of all tampered traces, in order
 */
export function passedTampering(
  sets: readonly TamperedSet[],
  verdicts: readonly TraceVerdict[],
): readonly string[] {
  let at = 0;
  const all = sets.flatMap(({ tampered }) => tampered);
  return all.flatMap(({ trace, from }) => {
    const verdict = verdicts[at++]!;
    if (verdict.kind === "accepted") return [`${trace.name}: is accepted`];
    if (verdict.event >= from) return [];
    return [`${trace.name}: is refused at event ${verdict.event}, before event ${from}`];
  });
}
