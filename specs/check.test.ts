import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { machineOf } from "../refinement/graph/check.ts";
import { replay } from "../refinement/graph/replay.ts";
import { readModelTrace } from "./behaviour.ts";
import { checkSpecs, type Outcome, table } from "./check.ts";
import { filesOf, SPECS } from "./files.ts";
import { readManifest, type Specification } from "./manifest.ts";
import { parseModules } from "./sany.ts";

const root = join(SPECS, "fixtures");
const [toy] = readManifest(root);

let into = "";
const printed: string[] = [];
beforeAll(() => {
  into = mkdtempSync(join(tmpdir(), "veridis-check-test-"));
});
afterAll(() => rmSync(into, { recursive: true, force: true }));

function check(spec: Specification | undefined, only: readonly string[] = []): Promise<Outcome> {
  const specs = spec === undefined ? [] : [spec];
  const print = (line: string) => printed.push(line);
  return checkSpecs({ specs, root, into, full: false, only, jobs: 2, print });
}

describe("TLC on the toy", () => {
  test("holds, and each of its mutants violates its property", async () => {
    const { rows, failures } = await check(toy);
    expect(failures).toEqual([]);
    expect(rows).toHaveLength(6);
    expect(table(rows)).toMatch(/two-clients +49 +97 +13 +\d+\.\d +holds/);
    expect(printed.join("\n")).toMatch(/owner-asks: violates NotBoth, as it must/);
  });

  test("shows a violation as steps in words, and as a trace that leaves the model", async () => {
    const file = join(into, "toy-owner-asks.json");
    const trace = readModelTrace(file);
    const machine = await machineOf(toy!, "2", root);
    // The mutant does what the model does not: the owner asks, in the fourth step.
    expect(replay(machine, trace.steps)).toBe(4);
    expect(replay(machine, trace.steps.slice(0, 3))).toBeNull();
    expect(trace.shows).toBe("The owner may ask.");
  });

  test("fails when a configuration does not hold, and tells the steps", async () => {
    const [bounds] = toy!.configurations;
    const deadlocking = { ...toy!, configurations: [{ ...bounds!, deadlock: true }] };
    const { rows, failures } = await check(deadlocking, ["two-clients"]);
    expect(failures).toEqual(["toy two-clients: deadlocks"]);
    expect(rows[0]?.verdict).toMatch(/ {2}13\. Release\n {7}owner = NULL\n/);
    expect(readdirSync(into)).toContain("toy-two-clients.json");
  });

  test("fails when a mutant passes or does not apply", async () => {
    const [typeOk] = toy!.properties;
    const [mutant] = typeOk!.mutants;
    const harmless = { ...mutant!, replace: "owner' = Head(Tail(<<1>> \\o queue))" };
    const stale = { ...mutant!, name: "stale", find: "nowhere" };
    const properties = [{ ...typeOk!, mutants: [harmless, stale] }];
    const { failures } = await check({ ...toy!, properties }, [mutant!.name, "stale"]);
    expect(failures).toEqual([
      "toy TypeOK / owner-is-a-queue: passes: TypeOK does not notice it",
      "toy TypeOK / stale: stale: Toy.tla has its text 0 times, not once",
    ]);
  });

  test("fails when there is nothing to check", async () => {
    expect((await check(undefined)).failures).toEqual(["there is nothing to check"]);
  });
});

test("modules that do not parse are told, though the parser's exit code does not", async () => {
  const files = new Map(filesOf(toy!.folder));
  expect(await parseModules(files, ["Toy", "Replay"])).toBeNull();
  files.set("Toy.tla", files.get("Toy.tla")!.replace("Head(queue)", "Haed(queue)"));
  expect(await parseModules(files, ["Toy", "Replay"])).toMatch(/Unknown operator: `Haed'/);
  files.set("Toy.tla", files.get("Toy.tla")!.replace("Haed(queue)", "Haed(queue"));
  expect(await parseModules(files, ["Replay", "Toy"])).toMatch(/Parse Error/);
});
