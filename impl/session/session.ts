import { EVERYBODY, type User } from "../access/user.ts";
import { Outbox } from "../gate/outbox.ts";
import type { Replica } from "../replication/replica.ts";
import { LargeBuffers } from "../resp/large-buffers.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import type { Request } from "../resp/request.ts";
import type { CommandRecord } from "./command-table.ts";
import type { SessionSubscriptions } from "./session-subscriptions.ts";
import type { SessionTracking } from "./session-tracking.ts";

/** A command that MULTI has queued. */
export interface QueuedCommand {
  readonly record: CommandRecord;
  /** What the rules of admission look at. */
  readonly judged: CommandRecord;
  readonly request: Request;
  /** A watched key was past its time already: EXEC will answer nil, and needs no memory for this. */
  readonly isIdle: boolean;
}

/** Which replies a session gets: CLIENT REPLY. `skipNext` becomes `skip` for one command. */
export type ReplyMode = "on" | "off" | "skip" | "skipNext";

/** Redis keeps this much of a client's replies in the client itself, and limits what is beyond it. */
export const USUAL_REPLY_BYTES = 16 * 1024;

/** What a session waits for: that one of some keys has a value of a type. */
export interface KeyWait {
  /** The selected database's index: what SWAPDB puts there counts. */
  readonly database: number;
  /** The keys, each once, one character per byte. */
  readonly keys: readonly string[];
  /** The number of the type. A key with another one is as good as absent. */
  readonly type: number;
  /** It is over, too, when a key is gone or has another type. */
  readonly endsWithKey: boolean;
}

/** A command that waits for keys. */
export interface WaitingCommand {
  readonly record: CommandRecord;
  readonly request: Request;
  readonly wait: KeyWait;
  /** For each of the keys the first argument that names it. */
  readonly keyArguments: ReadonlyMap<string, number>;
  /** The argument that names the key which is ready, while the command runs again. */
  readyArgument: number;
}

/** Why a session's requests are not executed for now. */
export interface Blocked {
  readonly reason: "keys" | "wait" | "paused" | "shutdown";
  /** Wall-clock time at which it ends by itself, in milliseconds; Infinity for never. */
  readonly untilMs: number;
  /** What the session gets when the time is up or CLIENT UNBLOCK ends it. */
  readonly onTimeout: (session: Session) => void;
  /** Set when a request was postponed by CLIENT PAUSE: it is dispatched again afterwards. */
  readonly postponed: Request | null;
  /** What WAIT waits for: so many replicas that have the stream up to `offset`. */
  readonly awaited?: { readonly replicas: number; readonly offset: number };
  /** Who waits for keys: the command that runs again when one is ready. */
  readonly again?: WaitingCommand;
}

/** The state of a connection's input buffer, for CLIENT LIST; `InputBuffer` has it. */
export interface InputUsage {
  /** Bytes of the present turn, and between turns those that wait. */
  readonly lengthBytes: number;
  /** Room for more bytes before the buffer must grow. */
  readonly freeBytes: number;
  /** Bytes of whole arguments of an incomplete request. */
  readonly partialArgumentBytes: number;
}

/** The input of a session without a transport. */
const NO_INPUT: InputUsage = { lengthBytes: 0, freeBytes: 0, partialArgumentBytes: 0 };

/** Facts of a connection that the transport knows. */
export interface ConnectionFacts {
  /** `ip:port` of the client. */
  readonly address: string;
  /** `ip:port` of the listener's side. */
  readonly localAddress: string;
  readonly fd: number;
  /** Bytes that were sent and have not left this process; absent without a transport. */
  readonly unsentBytes?: number;
}

/**
 * One client's state: what a connection has chosen and what it has begun.
 *
 * Pure data with the rules of its own consistency; commands change it.
 */
export class Session {
  readonly id: number;
  /** Of the connection; a script's session has its caller's. */
  facts: ConnectionFacts;
  readonly createdMs: number;
  /** Everything that leaves to the client. */
  readonly outbox: Outbox;
  /** Where the reply is written that is open in the outbox. */
  readonly reply: ReplyWriter;
  /** Selected database. */
  database = 0;
  name = "";
  libraryName = "";
  libraryVersion = "";
  authenticated: boolean;
  /** By whose rules it is judged. */
  user: User = EVERYBODY;
  /** Queued commands since MULTI; null outside a transaction. */
  queue: QueuedCommand[] | null = null;
  /** The transaction that EXEC is running; null at other times. */
  executing: { readonly commands: number; readonly bytes: number } | null = null;
  /** A command was refused while queueing: EXEC answers EXECABORT. */
  dirtyExec = false;
  /** A watched key has changed: EXEC answers nil. */
  dirtyCas = false;
  replyMode: ReplyMode = "on";
  /** Where in the writer silence began; -1 while replies count. See `reply-mode.ts`. */
  mutedFrom = -1;
  noEvict = false;
  noTouch = false;
  /** What it listens to; null of one that listens to nothing. `Subscriptions` keeps it. */
  subscriptions: SessionSubscriptions | null = null;
  /** How its cache is looked after; null while it has none. `Tracking` keeps it. */
  tracking: SessionTracking | null = null;
  blocked: Blocked | null = null;
  /** Its script has been left and goes on later: it takes no further request until that ends. */
  isBusy = false;
  /** The command that is being served has found nothing for it: its wait goes on. */
  goesOnWaiting = false;
  /** A request that CLIENT PAUSE has held back and that is to run now. */
  postponed: Request | null = null;
  /** The connection closes once its replies are sent. */
  closeAfterReply = false;
  /** It has had more output than it may: it is sent nothing more, and closes at the end of the turn. */
  closeAsap = false;
  /** The connection is gone; nothing is executed or sent any more. */
  closed = false;
  lastInteractionMs: number;
  /** The last request's reply may show data: it waits behind the log's gate. */
  consultsData = false;
  /** The replication stream's end when the last command had run: what WAIT waits for. */
  streamOffset = 0;
  /** It is shown every command that runs: MONITOR. `Monitors` keeps it. */
  isMonitor = false;
  /** What is known of this session as a replica; null of one that has never said it is. */
  replica: Replica | null = null;
  lastCommand: CommandRecord | null = null;
  /** Bytes of queued commands, an address for each argument included. */
  queueBytes = 0;
  /** Bytes of the names of watched keys, and what keeping them costs; `WatchRegistry` counts. */
  watchedBytes = 0;
  /** How many bytes of it the limit on memory has been told of. */
  countedBytes = 0;
  /** What has arrived; the transport puts its own in. */
  input: InputUsage = NO_INPUT;

  /** @param large where buffers for long replies come from and go to */
  constructor(
    id: number,
    facts: ConnectionFacts,
    nowMs: number,
    authenticated: boolean,
    large = new LargeBuffers(),
  ) {
    this.outbox = new Outbox(large);
    this.reply = this.outbox.writer;
    this.id = id;
    this.facts = facts;
    this.createdMs = nowMs;
    this.lastInteractionMs = nowMs;
    this.authenticated = authenticated;
  }

  /** Bytes that the transport still has of what was sent. */
  get unsentBytes(): number {
    return this.facts.unsentBytes ?? 0;
  }

  /** Bytes that wait to leave to the client, a replica's snapshot included. */
  get outputBytes(): number {
    return this.outbox.length + this.outbox.leadBytes + this.unsentBytes;
  }

  /** Bytes that wait to leave beyond what a reply usually takes: CLIENT LIST's omem. */
  get outputListBytes(): number {
    const { outputBytes } = this;
    if (this.unsentBytes > 0) return outputBytes;
    return Math.max(0, outputBytes - Math.min(USUAL_REPLY_BYTES, this.reply.listedFrom));
  }

  /** True while EXEC runs the queue: blocking commands then answer at once. */
  get inExec(): boolean {
    return this.executing !== null;
  }

  /** True of one that follows what others do, as a replica or a monitor: nothing holds it back. */
  get isFollower(): boolean {
    return this.isMonitor || this.replica?.attached === true;
  }

  /** True in RESP2's subscriber mode: messages and replies are hard to tell apart there. */
  get inSubscriberMode(): boolean {
    return this.subscriptions !== null && this.reply.protocol === 2;
  }

  /** Leaves a transaction: forgets the queue and the marks. Watched keys are the registry's. */
  endTransaction(): void {
    this.queue = null;
    this.queueBytes = 0;
    this.dirtyExec = false;
    this.dirtyCas = false;
  }
}
