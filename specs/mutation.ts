/** Changes a specification in one place. */
import type { MutantEntry } from "./manifest.ts";

/** A mutant that does not fit the specification: it would prove nothing. */
export class StaleMutant extends Error {
  override readonly name = "StaleMutant";
}

/**
 * The files with the mutant's edit made.
 *
 * @throws StaleMutant when the text to replace is not there exactly once, or nothing changes
 */
export function mutate(
  files: ReadonlyMap<string, string>,
  mutant: MutantEntry,
): ReadonlyMap<string, string> {
  const text = files.get(mutant.file);
  if (text === undefined) throw new StaleMutant(`${mutant.name}: there is no ${mutant.file}`);
  const [find, replace] = [joined(mutant.find), joined(mutant.replace)];
  const count = text.split(find).length - 1;
  if (count !== 1) {
    throw new StaleMutant(`${mutant.name}: ${mutant.file} has its text ${count} times, not once`);
  }
  if (find === replace) throw new StaleMutant(`${mutant.name} changes nothing`);
  return new Map(files).set(
    mutant.file,
    text.replace(find, () => replace),
  );
}

function joined(lines: string | readonly string[]): string {
  return typeof lines === "string" ? lines : lines.join("\n");
}
