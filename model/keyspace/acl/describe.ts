/** A user's rules in Redis' words. */
import type { Bytes } from "../bytes.ts";
import { CATEGORIES, membersOf, subcommandsOf, TABLE, wholeOf } from "./table.ts";
import type { Selector, User } from "./user.ts";

const expand = (names: ReadonlyArray<Bytes>): ReadonlyArray<Bytes> => names.flatMap(wholeOf);

/** The rules about commands; those about single ones, which come last, in any order. */
export const commandRules = ({
  commands,
  future,
  firstArguments,
}: Selector): {
  readonly first: ReadonlyArray<Bytes>;
  readonly single: ReadonlyArray<Bytes>;
} => {
  const sign = future ? "-" : "+";
  const first = [future ? "+@all" : "-@all"];
  const isWanted = (name: Bytes): boolean => commands.has(name) !== future;
  // What is still to be said, and what has been.
  let left = new Set([...TABLE.keys()].filter(isWanted));
  const said = new Set<Bytes>();
  let categories = CATEGORIES;
  for (;;) {
    const counted = categories.map((category) => {
      const members = membersOf(category);
      const same = members.filter((name) => left.has(name)).length;
      return { category, same, different: members.length - same };
    });
    const [best] = counted
      .filter(({ same, different }) => same > different)
      .sort((a, b) => a.different - b.different || b.same - a.same);
    if (best === undefined) break;
    first.push(`${sign}@${best.category}`);
    const members = new Set(expand(membersOf(best.category)));
    for (const name of members) said.add(name);
    left = new Set([...left].filter((name) => !members.has(name)));
    categories = categories.filter((category) => category !== best.category);
  }
  const single: Bytes[] = [];
  for (const container of [...TABLE.keys()].filter((name) => !name.includes("|"))) {
    for (const name of [container, ...subcommandsOf(container)]) {
      if (said.has(name) === isWanted(name)) continue;
      single.push(`${commands.has(name) ? "+" : "-"}${name}`);
      for (const one of wholeOf(name)) {
        if (isWanted(name)) said.add(one);
        else said.delete(one);
      }
    }
    if (commands.has(container)) continue;
    single.push(...(firstArguments.get(container) ?? []).map((one) => `+${container}|${one}`));
  }
  return { first, single };
};

/** The rules about keys. */
export const keyRules = ({ allKeys, keys }: Selector): ReadonlyArray<Bytes> =>
  allKeys
    ? ["~*"]
    : [...keys].map(([pattern, { read, write }]) => {
        if (read && write) return `~${pattern}`;
        return `%${read ? "R" : "W"}~${pattern}`;
      });

/** The rules about channels. */
export const channelRules = ({ allChannels, channels }: Selector): ReadonlyArray<Bytes> =>
  allChannels ? ["&*"] : [...channels].map((pattern) => `&${pattern}`);

/** What a user is, in words. */
export const flagsOf = ({ isOn, needsNoPassword, sanitizing }: User): ReadonlyArray<Bytes> => [
  isOn ? "on" : "off",
  ...(needsNoPassword ? ["nopass"] : []),
  ...(sanitizing === "no" ? ["skip-sanitize-payload"] : []),
  ...(sanitizing === "yes" ? ["sanitize-payload"] : []),
];

/** The rules of a selector. */
const selectorRules = (selector: Selector): ReadonlyArray<Bytes> => {
  const { first, single } = commandRules(selector);
  const reset = selector.allChannels ? [] : ["resetchannels"];
  return [...keyRules(selector), ...reset, ...channelRules(selector), ...first, ...single];
};

/** All of a user's rules, those about single commands in any order. */
export const userRules = (user: User): Bytes =>
  [
    ...flagsOf(user),
    ...user.passwords.map((hash) => `#${hash}`),
    ...selectorRules(user.root),
    ...user.others.map((selector) => `(${selectorRules(selector).join(" ")})`),
  ].join(" ");

/** The same rules with those about single commands in one order: Redis' is that of a hash table. */
export const inOneOrder = (text: Bytes): Bytes => {
  // A run of rules about single commands begins behind a category and ends with its selector.
  const isSingle = (rule: Bytes): boolean => /^[+-][^@]/.test(rule);
  const ordered: Bytes[] = [];
  let run: Bytes[] = [];
  for (const piece of text.split(/(?=[()])|(?<=[()])| /)) {
    if (isSingle(piece)) {
      run.push(piece);
      continue;
    }
    ordered.push(...run.sort(), piece);
    run = [];
  }
  return [...ordered, ...run.sort()].join(" ");
};
