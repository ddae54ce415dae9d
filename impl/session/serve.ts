/**
 * Waiting for keys: a command that has found nothing begins to wait, and runs again when one of its
 * keys is ready.
 */
import { assert, CHECKED } from "../assert.ts";
import { latin1, type Request } from "../resp/request.ts";
import { endBlock } from "./blocking.ts";
import type { Call } from "./call.ts";
import type { Frames } from "./frames.ts";
import type { Instance } from "./instance.ts";
import type { WaitedKey } from "./key-waiters.ts";
import { permissionError, refusePermission } from "./permissions.ts";
import { beginReply, endReply } from "./reply-mode.ts";
import { run } from "./run.ts";
import type { Session } from "./session.ts";

/** Arguments that name keys: the first and the last of them. */
export interface KeyArguments {
  readonly firstKey: number;
  readonly lastKey: number;
}

/** How a command waits for keys. */
export interface KeyWaitOptions extends KeyArguments {
  /** The number of the type that it waits for. */
  readonly type: number;
  /** Wall-clock time at which it ends by itself, in milliseconds; Infinity for never. */
  readonly untilMs: number;
  /** Writes the reply of a wait whose time is up. */
  readonly onTimeout: (session: Session) => void;
  /** The command runs again, too, when one of the keys is gone or has another type. */
  readonly endsWithKey?: true;
  /** What runs again, with the same keys in the same places; the request itself if it is left out. */
  readonly again?: Request;
}

/**
 * Of the keys that a command may take from, those that it may take from now: all, or when it is
 * served the one that is ready.
 */
export function keysToTry({ origin, session }: Call, all: KeyArguments): KeyArguments {
  if (origin !== "served") return all;
  const { readyArgument } = session.blocked!.again!;
  return { firstKey: readyArgument, lastKey: readyArgument };
}

/**
 * The command cannot be answered yet: its session waits until one of the keys is there, and then
 * the command runs again, with origin "served". When it calls this again it goes on waiting in its
 * place.
 *
 * Precondition: `call.mayBlock`; nothing is replied and nothing changed.
 */
export function waitForKeys(call: Call, options: KeyWaitOptions): void {
  const { instance, session, record, request } = call;
  if (CHECKED) assert(call.mayBlock, "within EXEC, a script or a replay nothing waits");
  if (call.origin === "served") {
    session.goesOnWaiting = true;
    return;
  }
  const keyArguments = new Map<string, number>();
  for (let i = options.firstKey; i <= options.lastKey; i++) {
    const key = latin1(request.bytes, request.offsets[i]!, request.lengths[i]!);
    if (!keyArguments.has(key)) keyArguments.set(key, i);
  }
  const { type, untilMs, onTimeout, endsWithKey = false, again = request.copy() } = options;
  const keys = [...keyArguments.keys()];
  const wait = { database: session.database, keys, type, endsWithKey };
  instance.clients.block(session, {
    reason: "keys",
    ...{ untilMs, onTimeout },
    postponed: null,
    again: { record, request: again, wait, keyArguments, readyArgument: 0 },
  });
}

/**
 * Serves those who wait for keys that have become ready: the keys in the order in which they did, for
 * each the sessions in the order in which they began to wait, as long as it is there. A session that
 * is served may make further keys ready. Call it between commands, after each.
 *
 * @param served is told of each session whose wait that ends; its reply is complete
 */
export function serveReady(instance: Instance, served: (session: Session) => void): void {
  const { keys } = instance.clients.waits;
  if (!keys.hasReady) return;
  // The command that made them ready may have taken its time: what has expired meanwhile is gone.
  instance.time.settle();
  instance.time.beginBatch();
  for (let ready = keys.takeReady(); ready !== null; ready = keys.takeReady()) {
    serveKey(instance, ready, served);
  }
}

function serveKey(instance: Instance, ready: WaitedKey, served: (session: Session) => void): void {
  const { keys } = instance.clients.waits;
  const type = typeNow(instance, ready);
  if (type >= 0) {
    for (const session of keys.waitersFor(ready, type)) {
      if (instance.executor.serve(session, ready.key)) served(session);
      if (typeNow(instance, ready) !== type) return;
    }
  }
  for (const session of keys.waitersOnOther(ready, type)) {
    if (instance.executor.serve(session, ready.key)) served(session);
  }
}

/** The type of a key's value; -1 when it is gone. A key whose time is past goes now. */
function typeNow({ data, time }: Instance, { database, key }: WaitedKey): number {
  const keyspace = data.databases[database]!;
  const bytes = Buffer.from(key, "latin1");
  const ref = keyspace.find(bytes, 0, bytes.length);
  if (ref === 0) return -1;
  if (!keyspace.isExpired(ref, time.nowMs)) return keyspace.type(ref);
  data.expire(database, ref);
  data.effects.commit();
  return -1;
}

/**
 * Runs the command that a session waits with once more, now that `key` is there. Its effects are a unit of their own, and
 * its reply depends on the log's end then. False when it goes on waiting.
 */
export function serve(instance: Instance, frames: Frames, session: Session, key: string): boolean {
  if (CHECKED) frames.verifyIdle();
  const { again } = session.blocked!;
  assert(again !== undefined, "only who waits for keys is served");
  const { record, request } = again;
  const ready = again.keyArguments.get(key);
  assert(ready !== undefined, "a session is served for a key that it waits for");
  again.readyArgument = ready;
  const { outbox } = session;
  const { effects } = instance.data;
  const isMuted = session.replyMode !== "on";
  session.goesOnWaiting = false;
  // The command before has ended, and what it has pushed to this session depends on its unit.
  outbox.settle(instance.gate);
  outbox.open();
  if (isMuted) beginReply(session);
  const replyStart = session.reply.length;
  // Its user's rules may have changed since it began to wait.
  const denial = refusePermission(instance, session, record, request, "toplevel");
  if (denial !== null) session.reply.error(permissionError(denial, record));
  else run(instance, frames, session, record, request, "served");
  const isServed = !session.goesOnWaiting;
  if (CHECKED && !isServed) {
    assert(session.reply.length === replyStart, "a command replies and goes on waiting");
    assert(effects.pending === 0, "a command changes something and goes on waiting");
  }
  effects.commit();
  if (isServed && isMuted) endReply(session);
  instance.tracking.tellOwn(session);
  const { gate } = instance;
  outbox.close(gate.end, gate);
  if (!isServed) return false;
  session.streamOffset = instance.feed.offset;
  endBlock(instance, session, "over");
  return true;
}
