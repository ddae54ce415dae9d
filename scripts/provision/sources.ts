/** One file of apt sources, as found under `/etc/apt`. */
export interface SourcesFile {
  /** The file's name; its ending (`.list` or `.sources`) says which of apt's two forms it has. */
  readonly name: string;
  readonly text: string;
}

/**
 * The part of a machine's apt sources that is Debian's own archive, with source packages switched
 * on: what to give a private apt. Other vendors' archives are left out, as they often have no
 * source packages and are not asked for anything here. Files with nothing of Debian's are dropped.
 *
 * `codename` is the release's (`VERSION_CODENAME` of `/etc/os-release`). Both forms of
 * sources.list(5) are read.
 */
export function debianSources(files: readonly SourcesFile[], codename: string): SourcesFile[] {
  return files
    .map((file) => ({
      name: file.name,
      text: file.name.endsWith(".sources")
        ? stanzas(file.text, codename)
        : oneLiners(file.text, codename),
    }))
    .filter((file) => file.text !== "");
}

/** Keeps the deb822 stanzas of the archive, and makes them of both types. */
function stanzas(text: string, codename: string): string {
  return text
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .filter((stanza) => {
      if (/^enabled:\s*(no|false|0)\s*$/im.test(stanza)) return false;
      return isArchive(words(stanza, "suites"), words(stanza, "components"), codename);
    })
    .map((stanza) => `${stanza.trim().replace(/^types:.*$/im, "Types: deb deb-src")}\n`)
    .join("\n");
}

function words(stanza: string, field: string): string[] {
  const value = new RegExp(`^${field}:(.*)$`, "im").exec(stanza)?.[1] ?? "";
  return value.trim().split(/\s+/);
}

/** Keeps the one-line entries of the archive, each followed by its source entry. */
function oneLiners(text: string, codename: string): string {
  const kept: string[] = [];
  for (const line of text.split("\n")) {
    const entry = /^deb\s+((?:\[[^\]]*\]\s+)?\S+\s+(\S+)\s+([^#]*))/.exec(line.trim());
    if (entry === null) continue;
    if (!isArchive([entry[2]!], entry[3]!.trim().split(/\s+/), codename)) continue;
    kept.push(`deb ${entry[1]!.trim()}\n`, `deb-src ${entry[1]!.trim()}\n`);
  }
  return kept.join("");
}

const SUITE_SUFFIXES = ["", "-updates", "-security", "/updates"];

function isArchive(suites: string[], components: string[], codename: string): boolean {
  const releases = [codename, "stable", "oldstable"];
  const known = releases.flatMap((release) => SUITE_SUFFIXES.map((suffix) => release + suffix));
  return components.includes("main") && suites.some((suite) => known.includes(suite));
}
