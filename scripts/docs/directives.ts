/** docs/DIRECTIVES.md, from the declarations of the directives. */
import type { Directive } from "../../impl/config/directive.ts";
import { DIRECTIVE_GROUPS, DIRECTIVES } from "../../impl/config/directives.ts";
import { markdownTable } from "./table.ts";

/** The page: every directive of redis.conf 7.0.15, by theme. */
export function directivesPage(): string {
  const live = DIRECTIVES.filter(({ effect }) => effect !== undefined).length;
  const own = DIRECTIVES.filter((directive) => directive.own === true).map(({ name }) => name);
  const tables = DIRECTIVE_GROUPS.map(([title, directives]) => table(title, directives));
  return `# Directives

Generated from the declarations in \`impl/config/\` by \`pnpm run docs\`.

Veridis knows the ${DIRECTIVES.length - own.length} directives of redis.conf 7.0.15, with Redis' names, units and defaults, and ${own.length} of its own (${own.map((name) => `\`${name}\``).join(", ")}). The server acts on ${live} of them; the others are accepted, kept, and shown by CONFIG GET.

- **Effect**: \`live\`, the server acts on it; \`at start\`, it acts on the value that it starts with, and a later CONFIG SET is kept but has no effect; \`partly\`, it acts on some of what the value means in Redis; \`none yet\`, it does not act on it.
- **Change**: \`CONFIG SET\` changes it at any time; \`start\`, only the configuration file and the command line set it; \`protected\`, CONFIG SET changes it where \`enable-protected-configs\` allows it.
- Memory is in bytes, or with a unit: \`k\`, \`m\`, \`g\` are powers of 1000; \`kb\`, \`mb\`, \`gb\` powers of 1024.

${tables.join("\n")}`;
}

const HEADINGS = ["directive", "meaning", "values", "default", "change", "effect"];

function table(title: string, directives: readonly Directive[]): string {
  return `## ${title}\n\n${markdownTable([HEADINGS, ...directives.map(row)])}`;
}

function row(directive: Directive): string[] {
  const { name, alias, kind, atStart, effect, meaning } = directive;
  const fallback = kind.format(kind.fallback);
  const shown = fallback === "" ? "empty" : `\`${fallback}\``;
  return [
    alias === undefined ? `\`${name}\`` : `\`${name}\`, \`${alias}\``,
    meaning,
    kind.type,
    atStart === undefined ? shown : `${shown} (Redis: ${atStart})`,
    change(directive),
    effect ?? "none yet",
  ];
}

function change(directive: Directive): string {
  if (directive.immutable === true) return "start";
  return directive.protected === true ? "protected" : "CONFIG SET";
}
