/**
 * `node refinement/traces/check.ts SPEC FILE`: TLC's verdict on each trace of a JSON file, which
 * holds one trace or a list of them. Exit code 1 when one is rejected.
 */
import { readFileSync } from "node:fs";
import { SPECS } from "../../specs/files.ts";
import { readManifest } from "../../specs/manifest.ts";
import { judgeTraces, traceJudge } from "./judge.ts";
import type { RecordedTrace } from "./trace.ts";

const [name, file] = process.argv.slice(2);
if (name === undefined || file === undefined) throw new Error("usage: check.ts SPEC FILE");
const [spec] = readManifest(SPECS, [name]);
const read: RecordedTrace | RecordedTrace[] = JSON.parse(readFileSync(file, "utf8"));
const traces = Array.isArray(read) ? read : [read];
const { verdicts, distinct, seconds } = await judgeTraces(traceJudge(spec!), traces);
for (const [index, verdict] of verdicts.entries()) {
  const { name, events } = traces[index]!;
  const event = verdict.kind === "rejected" ? events[verdict.event - 1] : undefined;
  const where =
    verdict.kind === "rejected" ? ` at event ${verdict.event}: ${JSON.stringify(event)}` : "";
  console.log(`${name ?? index}: ${verdict.kind}${where}`);
}
const accepted = verdicts.filter(({ kind }) => kind === "accepted").length;
console.log(`${accepted} of ${traces.length} accepted, ${distinct} states in ${seconds} s`);
if (accepted < traces.length) process.exitCode = 1;
