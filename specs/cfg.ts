/** TLC's configuration files: which sections there are, and the same file with other properties. */

/** Keywords that begin a section, as TLC knows them, brought to one spelling. */
const KEYWORDS: Readonly<Record<string, string>> = {
  CONSTANT: "CONSTANT",
  CONSTANTS: "CONSTANT",
  INVARIANT: "INVARIANT",
  INVARIANTS: "INVARIANT",
  PROPERTY: "PROPERTY",
  PROPERTIES: "PROPERTY",
  CONSTRAINT: "CONSTRAINT",
  CONSTRAINTS: "CONSTRAINT",
  ACTION_CONSTRAINT: "ACTION_CONSTRAINT",
  ACTION_CONSTRAINTS: "ACTION_CONSTRAINT",
  SPECIFICATION: "SPECIFICATION",
  INIT: "INIT",
  NEXT: "NEXT",
  SYMMETRY: "SYMMETRY",
  VIEW: "VIEW",
  ALIAS: "ALIAS",
  POSTCONDITION: "POSTCONDITION",
  CHECK_DEADLOCK: "CHECK_DEADLOCK",
};

/** One section: its keyword in one spelling, and the words in it. */
export interface Section {
  readonly keyword: string;
  readonly words: readonly string[];
}

/** Reads a configuration; comments are dropped. */
export function readConfig(text: string): Section[] {
  const plain = text.replace(/\(\*.*?\*\)/gs, " ").replace(/\\\*.*/g, " ");
  const sections: { keyword: string; words: string[] }[] = [];
  for (const word of plain.split(/\s+/).filter((part) => part !== "")) {
    const keyword = KEYWORDS[word];
    if (keyword !== undefined) sections.push({ keyword, words: [] });
    else if (sections.length === 0) throw new Error(`a configuration begins with ${word}`);
    else sections.at(-1)!.words.push(word);
  }
  return sections;
}

/** The invariants and properties that a configuration checks, in its order. */
export function propertiesOf(sections: readonly Section[]): string[] {
  return sections.filter(isProperty).flatMap(({ words }) => words);
}

/** The same configuration with only the property given; with none for null. */
export function withProperty(
  sections: readonly Section[],
  property: { readonly name: string; readonly invariant: boolean } | null,
): string {
  const kept = sections.filter((section) => !isProperty(section));
  const lines = kept.map(({ keyword, words }) => `${keyword} ${words.join(" ")}`);
  if (property !== null) {
    lines.push(`${property.invariant ? "INVARIANT" : "PROPERTY"} ${property.name}`);
  }
  return `${lines.join("\n")}\n`;
}

function isProperty({ keyword }: Section): boolean {
  return keyword === "INVARIANT" || keyword === "PROPERTY";
}

/** Sections that change states, edges or labels, so that graphs cannot be compared. */
const DISTORTING = ["SYMMETRY", "VIEW", "CONSTRAINT", "ACTION_CONSTRAINT"];

/** The first section that distorts the state graph, if any. */
export function distortion(sections: readonly Section[]): string | undefined {
  return sections.find(({ keyword }) => DISTORTING.includes(keyword))?.keyword;
}
