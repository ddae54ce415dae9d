/** docs/VERIFICATION.md: each guarantee with the links that hold it, and what they have seen. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mutants } from "../../refinement/mutants/lists/index.ts";
import type { Specification } from "../../specs/manifest.ts";
import type { Evidence } from "../evidence.ts";
import type { Guarantee } from "./guarantees.ts";
import { markdownTable } from "./table.ts";

/** What each check shows; the order of the page. */
const CHECKS: Readonly<Record<string, string>> = {
  specs:
    "TLC: every property holds at these bounds, and every mutant of a specification breaks one",
  "refine:graph": "the state graph of each model equals that of its specification",
  "refine:oracle": "the model of the commands against redis-server",
  refine: "every step of the production cores is a step of the models",
  sim: "the production cores under simulated faults",
  traces: "TLC accepts traces of simulated and live runs, and rejects tampered ones",
  crash: "the live server, killed and without power",
  maelstrom: "real processes and a lossy network, judged from outside",
  "redis-tests": "Redis' own suite",
  fuzz: "malformed input",
  mutants: "planted bugs that were caught",
};

/**
 * The page.
 *
 * @throws Error when a guarantee names something that does not exist, or a property has no guarantee
 */
export function verificationPage(
  root: string,
  guarantees: readonly Guarantee[],
  specs: readonly Specification[],
  evidence: ReadonlyMap<string, Evidence>,
): string {
  const faults = faultsOf(root, guarantees, specs);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const sections = guarantees.map((guarantee) => section(guarantee, specs, evidence));
  return `# Verification

Written by \`pnpm evidence\` from what the checks have left in \`.cache/evidence\`; \`scripts/docs/guarantees.ts\` declares which links hold which promise. [ARCHITECTURE](ARCHITECTURE.md) explains the links, [the tutorial](TUTORIAL.md) follows one promise through all of them.

## The checks

${checksTable(evidence)}
${sections.join("\n")}`;
}

/** What is wrong with the declaration of the guarantees, one line each. */
export function faultsOf(
  root: string,
  guarantees: readonly Guarantee[],
  specs: readonly Specification[],
): readonly string[] {
  const faults: string[] = [];
  const planted = new Set(mutants.map(({ name }) => name));
  for (const { title, spec, properties, model, impl, checks, mutants: own } of guarantees) {
    const stated = specs.find((one) => one.spec === spec)?.properties.map(({ name }) => name) ?? [];
    const complain = (what: string): void => void faults.push(`${title}: ${what}`);
    for (const name of properties) {
      if (!stated.includes(name)) complain(`${spec} has no property ${name}`);
    }
    for (const place of model) {
      const [file, name] = place.split("#");
      const path = join(root, file!);
      if (!existsSync(path) || !readFileSync(path, "utf8").includes(`export function ${name}(`)) {
        complain(`there is no ${place}`);
      }
    }
    for (const file of impl) if (!existsSync(join(root, file))) complain(`there is no ${file}`);
    for (const check of checks) if (!(check in CHECKS)) complain(`there is no check ${check}`);
    for (const name of own) if (!planted.has(name)) complain(`there is no mutant ${name}`);
    if (impl.length * checks.length * own.length === 0) complain("a link is empty");
  }
  for (const { spec, properties } of specs) {
    for (const { name } of properties) {
      const isPromised = guarantees.some(
        (one) => one.spec === spec && one.properties.includes(name),
      );
      if (!isPromised) faults.push(`no guarantee names the property ${name} of ${spec}`);
    }
  }
  return faults;
}

function checksTable(evidence: ReadonlyMap<string, Evidence>): string {
  const rows = Object.entries(CHECKS).map(([check, shows]) => {
    const seen = evidence.get(check);
    if (seen === undefined) throw new Error(`pnpm ${check} has left no evidence: run it first`);
    return [`\`pnpm ${check}\``, shows, figures(seen), seen.date, seen.commit];
  });
  return markdownTable([["check", "shows", "has seen", "on", "commit"], ...rows]);
}

function figures({ figures: seen }: Evidence): string {
  return Object.entries(seen)
    .map(([name, count]) => `${count.toLocaleString("en")} ${name}`)
    .join(", ");
}

function section(
  guarantee: Guarantee,
  specs: readonly Specification[],
  evidence: ReadonlyMap<string, Evidence>,
): string {
  const { title, promise, spec, properties, model, impl, checks, mutants: own } = guarantee;
  const stated = specs.find((one) => one.spec === spec)!;
  const specFile = `../specs/${spec}/${stated.module}.tla`;
  const rows = [
    ["link", "where"],
    ...properties.map((name) => {
      const property = stated.properties.find((one) => one.name === name)!;
      const broken = property.mutants.map((mutant) => `\`${mutant.name}\``).join(", ");
      return ["property", `[\`${name}\`](${specFile}): ${property.says} Broken by ${broken}`];
    }),
    ["model", model.map((place) => link(place)).join(", ")],
    ["implementation", impl.map((file) => link(file)).join(", ")],
    ...checks.map((check) => ["check", `\`pnpm ${check}\`: ${figures(evidence.get(check)!)}`]),
    ["planted bugs", own.map((name) => `\`${name}\``).join(", ")],
  ];
  return `## ${title}\n\n${promise}\n\n${markdownTable(rows.map((row) => row.map(escaped)))}`;
}

function link(place: string): string {
  const [file, name] = place.split("#");
  return `[\`${name ?? file}\`](../${file})`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
