/** What a client is expected to read, what has arrived, and where the two differ. */

import type { WireClient } from "../../testing/wire/client.ts";
import * as model from "./model.ts";
import { showExpected, showReply } from "./print.ts";

/** A reply or a message that a client is to read. */
export interface Expected {
  /** The index of the command that makes it. */
  readonly place: number;
  /** The protocol in which it is written. */
  readonly protocol: 2 | 3;
  readonly reply: model.Reply;
}

/** What has arrived: RESP3 tells pushes apart, and clients take them aside. */
export interface Arrived {
  readonly replies: ReadonlyArray<string>;
  readonly pushes: ReadonlyArray<string>;
  /** Less has arrived than was expected. */
  readonly isShort: boolean;
}

const isAside = ({ protocol, reply }: Expected): boolean => protocol === 3 && model.isPush(reply);

const countOf = (expected: ReadonlyArray<Expected>): number =>
  expected.reduce((sum, { reply }) => sum + model.countOf(reply), 0);

/**
 * What a session reads by a run of the model: replies, and behind each what else it is given.
 *
 * @param before the protocol that it speaks at first
 */
export function expectedBy(
  run: ReadonlyArray<model.Step>,
  id: number,
  before: 2 | 3,
): ReadonlyArray<Expected> {
  let protocol = before;
  return run.flatMap(({ state, replies, messages, late }, place) => {
    protocol = state.sessions.get(id)?.protocol ?? protocol;
    const own = [...messages, ...late].filter(({ sessionId }) => sessionId === id);
    return [
      ...replies.map((reply) => ({ place, protocol, reply })),
      ...own.map((message) => ({ place, protocol: message.protocol, reply: message.reply })),
    ];
  });
}

/** Waits for what is expected; for no longer than that. */
export async function arrived(
  client: WireClient,
  expected: ReadonlyArray<Expected>,
  timeoutMs: number,
): Promise<Arrived> {
  const aside = countOf(expected.filter(isAside));
  const inRow = countOf(expected) - aside;
  const { replies } = await client.receive(inRow, timeoutMs);
  const { replies: pushes } = await client.receivePushes(aside, timeoutMs);
  const text = (frame: Buffer) => frame.toString("latin1");
  const isShort = replies.length + pushes.length < inRow + aside;
  return { replies: replies.map(text), pushes: pushes.map(text), isShort };
}

/** Something expected beside what has come in its place. */
interface Pair {
  readonly place: number;
  readonly expected: model.Reply;
  readonly protocol: 2 | 3;
  /** Empty when nothing has come. */
  readonly actual: string;
}

/** Each expected reply beside what has come in its place, several frames where it stands for them. */
export function pairsOf(expected: ReadonlyArray<Expected>, got: Arrived): ReadonlyArray<Pair> {
  const left = { replies: [...got.replies], pushes: [...got.pushes] };
  return expected.map((one) => {
    const { place, reply, protocol } = one;
    const frames = left[isAside(one) ? "pushes" : "replies"];
    const actual = frames.splice(0, model.countOf(reply)).join("");
    return { place, expected: reply, protocol, actual };
  });
}

/** The first thing that is not as expected: its command's place, what was expected, what came. */
export function misfit(
  expected: ReadonlyArray<Expected>,
  got: Arrived,
): { readonly place: number; readonly wanted: string; readonly actual: string } | undefined {
  const wrong = pairsOf(expected, got).find(
    ({ expected: reply, actual, protocol }) =>
      actual === "" || !model.admits(reply, actual, protocol),
  );
  if (wrong === undefined) return undefined;
  const { place, expected: reply, protocol, actual } = wrong;
  const shown = actual === "" ? "(no reply)" : showReply(actual);
  return { place, wanted: showExpected(reply, protocol), actual: shown };
}
