import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Config } from "./config.ts";
import { DIRECTIVES, findDirective, KNOWN_NAMES } from "./directives.ts";

/**
 * What redis-server 7.0.15 answers when it is started without arguments in `/`: by name, the value
 * that CONFIG GET shows, whether CONFIG SET may change it, and whether CONFIG GET * leaves it out.
 */
type Fact = readonly [
  value: string,
  change: "modifiable" | "immutable" | "protected",
  hidden: boolean,
];
const FACTS: Record<string, Fact> = JSON.parse(
  readFileSync(new URL("./directives.facts.json", import.meta.url), "utf8"),
);

const STRANGER = { isLocal: false, isLoading: false };

describe("directives", () => {
  test("have exactly Redis' names, aliases included, and some of our own that are hidden", () => {
    const own = DIRECTIVES.filter((directive) => directive.own === true);
    expect(own.filter(({ hidden }) => hidden !== true)).toEqual([]);
    const names = KNOWN_NAMES.map(({ name }) => name);
    const others = names.filter((name) => !own.some((directive) => directive.name === name));
    expect(others.sort()).toEqual(Object.keys(FACTS).sort());
  });

  test.each(Object.entries(FACTS))("%s has Redis' default and mutability", (name, fact) => {
    const [value, change, hidden] = fact;
    const config = new Config({ directory: "/" });
    expect(config.match([name])).toEqual([[name, value]]);
    const { directive } = findDirective(name)!;
    expect(directive.hidden === true).toBe(hidden);
    const refused = config.setMany([[name, value]], STRANGER);
    if (change === "modifiable") expect(refused).toBeNull();
    else expect(refused).toContain(`can't set ${change} config`);
  });

  test.each(DIRECTIVES.map((directive) => [directive.name, directive] as const))(
    "%s says what it means in one line",
    (_, { meaning }) => {
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(meaning.length).toBeLessThanOrEqual(110);
    },
  );

  test("read back their own default", () => {
    for (const { name, kind } of DIRECTIVES) {
      if (name === "dir") continue;
      const text = kind.format(kind.fallback);
      const args = kind.multiArg ? text.split(" ") : [text];
      if (name === "replicaof") args.splice(0, 1, "no", "one");
      expect(kind.parse(args, kind.fallback, false), name).toEqual({ value: kind.fallback });
    }
  });
});
