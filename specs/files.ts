/** The files of a specification, as a run of TLC needs them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of all specifications. */
export const SPECS = fileURLToPath(new URL(".", import.meta.url));

/** What trace modules extend: the walk through recorded traces, and a stand-in for the traces. */
const REPLAY = join(SPECS, "replay");

/** The modules and configurations in a specification's folder, and those that it may extend. */
export function filesOf(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const from of [REPLAY, folder]) {
    for (const name of readdirSync(from).filter((file) => /\.(tla|cfg)$/.test(file))) {
      files.set(name, readFileSync(join(from, name), "utf8"));
    }
  }
  return files;
}
