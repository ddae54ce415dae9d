import { expect, test } from "vitest";
import { machine } from "../../model/log/machine.ts";
import { SPECS } from "../../specs/files.ts";
import { readManifest } from "../../specs/manifest.ts";
import { generateBehaviours, readStates } from "./behaviours.ts";
import { driveLog } from "./drive-log.ts";
import { PLANS } from "./generations.ts";

test("TLC's states are read to the last, stuttering left out", () => {
  const text = [
    ...["------ MODULE behaviour_0_0 ------", "STATE_1 == ", "/\\ x = 1", "/\\ y = <<>>", ""],
    ...["STATE_2 == ", "/\\ x = 1", "/\\ y = <<>>", "", "STATE_3 == ", "/\\ x = 2"],
    ...["/\\ y = <<1,", "  2>>", "==================", ""],
  ].join("\n");
  expect(readStates(text)).toEqual(["[x|->1,y|-><<>>]", "[x|->2,y|-><<1,2>>]"]);
});

test("behaviours of TLC are driven through the log", { timeout: 120_000 }, async () => {
  const [log] = readManifest(SPECS, ["log"]);
  const generation = { ...PLANS["log"]!, count: 5, seed: 1 };
  const behaviours = await generateBehaviours(log!, "no", machine("no"), generation);
  expect(behaviours).toHaveLength(5);
  expect(behaviours[0]!.steps[0]!.action).toMatch(/^(RecoverBegin|PowerLoss|Kill|OtherTakes)$/);
  const taken = new Map<string, number>();
  for (const behaviour of behaviours) driveLog(behaviour, taken);
  expect(taken.get("Serve")).toBeGreaterThan(0);
});
