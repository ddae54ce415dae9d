/** The log at the bounds of `specs/log/MCLog.tla`, which says why they are as they are. */
import assert from "node:assert/strict";
import type { Machine, MachineAction, TlaState } from "../machine.ts";
import * as log from "./actions.ts";
import { initial, type Policy, type State } from "./state.ts";

/** The constants of a configuration. */
interface Bounds {
  readonly policies: readonly Policy[];
  readonly maxUnits: number;
  readonly maxRequests: Readonly<Record<string, number>>;
  readonly maxHeld: number;
  readonly maxRuns: number;
  readonly maxNow: number;
  readonly asking: boolean;
  readonly expiring: boolean;
  readonly refusing: boolean;
}

const HOLD_AGE = 2;

const BOUNDS: Readonly<Record<string, Bounds>> = {
  always: {
    policies: ["always"],
    maxUnits: 2,
    maxRequests: { a: 2, b: 1 },
    maxHeld: 2,
    maxRuns: 2,
    maxNow: 0,
    asking: true,
    expiring: false,
    refusing: false,
  },
  everysec: {
    policies: ["everysec"],
    maxUnits: 3,
    maxRequests: { a: 1, b: 1 },
    maxHeld: 1,
    maxRuns: 1,
    maxNow: 2,
    asking: false,
    expiring: false,
    refusing: false,
  },
  no: {
    policies: ["no"],
    maxUnits: 2,
    maxRequests: { a: 1, b: 1 },
    maxHeld: 2,
    maxRuns: 2,
    maxNow: 0,
    asking: false,
    expiring: true,
    refusing: true,
  },
};

/** The machine at the bounds of a configuration: `always`, `everysec` or `no`. */
export function machine(name: string): Machine<State> {
  const bounds = BOUNDS[name];
  assert.ok(bounds !== undefined, `there are no bounds ${name}`);
  const connections = Object.keys(bounds.maxRequests);
  return {
    initial: () => bounds.policies.map((policy) => initial(policy, connections)),
    actions: [...connections.flatMap((c) => requests(bounds, c)), ...server(bounds), ...DISK],
    encode,
  };
}

/** The actions of one connection; TLC knows them as `AppendA` and so on. */
function requests(bounds: Bounds, connection: string): MachineAction<State>[] {
  const { maxUnits, asking } = bounds;
  const mayAsk = (state: State): boolean => {
    const owed = Object.values(state.queue).reduce((sum, replies) => sum + replies.length, 0);
    const sent = state.answered[connection]! + state.queue[connection]!.length;
    return sent < bounds.maxRequests[connection]! && owed < bounds.maxHeld;
  };
  const mayAppend = (state: State): boolean => mayAsk(state) && state.log.length < maxUnits;
  const mayGo = ({ queue }: State): boolean => queue[connection]!.length > 0;
  const named = (
    action: (state: State, connection: string) => State | null,
    isWithin: (state: State) => boolean,
  ): MachineAction<State> => ({
    action,
    label: `${action.name}${connection.toUpperCase()}`,
    successors: (state) => (isWithin(state) ? enabled(action(state, connection)) : []),
  });
  return [
    named(log.Append, mayAppend),
    named(log.Read, mayAsk),
    named(log.Ask, (state) => asking && mayAsk(state)),
    named(log.Reply, () => true),
    named(log.Disconnect, mayGo),
  ];
}

function server(bounds: Bounds): MachineAction<State>[] {
  const { expiring, refusing, maxUnits, maxNow, maxRuns } = bounds;
  const mayRefuse = ({ full }: State): boolean => refusing && !full;
  return [
    within("ExpireOne", log.Expire, (state) => expiring && state.log.length < maxUnits),
    within("WriteRefusedOnce", log.WriteRefused, mayRefuse),
    within("ShortWriteOnce", log.ShortWrite, mayRefuse),
    within("ServeAgain", log.Serve, ({ run }) => run < maxRuns),
    {
      action: log.Tick,
      label: "TickOne",
      successors: (state) => (state.now < maxNow ? enabled(log.Tick(state, state.now + 1)) : []),
    },
    { action: log.Write, successors: (state) => enabled(log.Write(state, HOLD_AGE)) },
    { action: log.FsyncOk, successors: (state) => enabled(log.FsyncOk(state, HOLD_AGE)) },
    {
      action: log.FsyncFail,
      successors: (state) => [true, false].flatMap((drops) => enabled(log.FsyncFail(state, drops))),
    },
    unbounded(log.CutTail),
    unbounded(log.Reopen),
    unbounded(log.Heal),
    unbounded(log.FsyncBegin),
    unbounded(log.Kill),
    unbounded(log.Stop),
    unbounded(log.Close),
    unbounded(log.RecoverBegin),
    unbounded(log.RecoverRewrite),
    unbounded(log.OtherTakes),
    unbounded(log.OtherLeaves),
  ];
}

const DISK: readonly MachineAction<State>[] = [
  {
    action: log.PowerLoss,
    successors: (state) =>
      remainsOf(state).flatMap((remains) => enabled(log.PowerLoss(state, remains, HOLD_AGE))),
  },
];

/** All that might remain of a file. */
function remainsOf({ file }: State): readonly log.Remains[] {
  return Array.from({ length: file.length + 1 }, (_, kept) =>
    [true, false].flatMap((line) => [true, false].map((torn) => ({ kept, line, torn }))),
  ).flat();
}

function unbounded(action: (state: State) => State | null): MachineAction<State> {
  return { action, successors: (state) => enabled(action(state)) };
}

function within(
  label: string,
  action: (state: State) => State | null,
  isWithin: (state: State) => boolean,
): MachineAction<State> {
  return {
    action,
    label,
    successors: (state) => (isWithin(state) ? enabled(action(state)) : []),
  };
}

function enabled(state: State | null): readonly State[] {
  return state === null ? [] : [state];
}

/** The state as TLA+ values. */
export function encode(state: State): TlaState {
  return {
    ...state,
    acked: new Set(state.acked.map(asRecord)),
    shown: new Set(state.shown.map(asRecord)),
    log: state.log.map(asRecord),
    file: state.file.map(asRecord),
    queue: Object.fromEntries(
      Object.entries(state.queue).map(([c, replies]) => [c, replies.map(asRecord)]),
    ),
  };
}

function asRecord<T extends object>(value: T): { readonly [K in keyof T]: T[K] } {
  return { ...value };
}
