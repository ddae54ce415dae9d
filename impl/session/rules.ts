/** The rules of admission as bits: which could concern a command, before any state is looked at. */

/** The rules' bits, in the order in which they are asked. `admission.ts` says what each refuses. */
export const Rule = {
  guarded: 1,
  authentication: 2,
  notInMulti: 4,
  permission: 8,
  memory: 16,
  log: 32,
  replicas: 64,
  subscriber: 128,
  loading: 256,
  busy: 512,
  follower: 1024,
} as const;

/** The name of a rule. */
export type RuleName = keyof typeof Rule;

/** What the rules look at in a command. */
export interface RuleFacts {
  readonly guardedBy: string | null;
  readonly noAuth: boolean;
  readonly noMulti: boolean;
  readonly runsQueue: boolean;
  readonly isWrite: boolean;
  readonly tellsHealth: boolean;
  readonly runsForSubscribers: boolean;
  readonly consultsData: boolean;
  readonly runsInLoading: boolean;
  readonly runsWhileBusy: boolean;
  readonly usesKeyspace: boolean;
}

const CONCERNS: { readonly [Name in RuleName]: (facts: RuleFacts) => boolean } = {
  guarded: ({ guardedBy }) => guardedBy !== null,
  authentication: ({ noAuth }) => !noAuth,
  notInMulti: ({ noMulti }) => noMulti,
  // Which users may run which commands is for them to say.
  permission: () => true,
  // Room is made before any command, and without it nothing may be queued either.
  memory: () => true,
  log: ({ isWrite, runsQueue, tellsHealth, consultsData }) =>
    isWrite || runsQueue || tellsHealth || consultsData,
  replicas: ({ isWrite, runsQueue }) => isWrite || runsQueue,
  subscriber: ({ runsForSubscribers }) => !runsForSubscribers,
  loading: ({ runsInLoading }) => !runsInLoading,
  busy: ({ runsWhileBusy }) => !runsWhileBusy,
  follower: ({ usesKeyspace }) => usesKeyspace,
};

/** The names of the rules in the order in which they are asked. */
export const RULES_IN_ORDER: readonly RuleName[] = (Object.keys(Rule) as RuleName[]).sort(
  (a, b) => Rule[a] - Rule[b],
);

/** The rules that could ever concern a command, as bits. */
export function rulesOf(facts: RuleFacts): number {
  let bits = 0;
  for (const name of RULES_IN_ORDER) if (CONCERNS[name](facts)) bits |= Rule[name];
  return bits;
}
