/** Parses modules of TLA+ without checking them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/provision/exec.ts";
import { provisionTlc } from "../scripts/provision.ts";

/**
 * Parses modules together with what they extend.
 *
 * @returns what is wrong with them, or null
 */
export async function parseModules(
  files: ReadonlyMap<string, string>,
  modules: readonly string[],
): Promise<string | null> {
  const { java, jar } = await provisionTlc();
  const folder = await mkdtemp(join(tmpdir(), "veridis-sany-"));
  try {
    for (const [name, text] of files) await writeFile(join(folder, name), text);
    const names = modules.map((module) => `${module}.tla`);
    const { stdout, stderr } = await run(
      java,
      // The parser unpacks its standard modules into the temporary folder: one of its own.
      [`-Djava.io.tmpdir=${folder}`, "-cp", jar, "tla2sany.SANY", ...names],
      { cwd: folder },
    );
    return readSanyOutput(stdout + stderr, modules);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const OF_THE_PARSER = /^(Parsing file|Semantic processing of module|\*+ SANY2) /;

/** The parser's exit code does not tell: its output does. */
export function readSanyOutput(output: string, modules: readonly string[]): string | null {
  const lines = output.split("\n").map((line) => line.trim());
  const errors = /\*\*\* (Errors|Abort messages): [1-9]|Parse Error|Lexical error/.test(output);
  const unseen = modules.filter((name) => !lines.includes(`Semantic processing of module ${name}`));
  if (!errors && unseen.length === 0) return null;
  const said = lines.filter((line) => line !== "" && !OF_THE_PARSER.test(line));
  return said.length > 0 ? said.join("\n") : `not parsed: ${unseen.join(", ")}`;
}
