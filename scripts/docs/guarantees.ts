/**
 * What Veridis promises, and for each promise where every link of its chain of evidence is: the
 * one declaration behind docs/VERIFICATION.md.
 */

/** One promise to users. */
export interface Guarantee {
  readonly title: string;
  /** What a user may rely on, in a sentence or two. */
  readonly promise: string;
  /** The specification, and its properties that state the promise. */
  readonly spec: string;
  readonly properties: readonly string[];
  /** Functions of the model, as `file#function`. */
  readonly model: readonly string[];
  /** The production code that keeps the promise. */
  readonly impl: readonly string[];
  /** The commands that hold it, without `pnpm`. */
  readonly checks: readonly string[];
  /** Planted bugs of `pnpm mutants` that break it. */
  readonly mutants: readonly string[];
}

/** Every promise that a specification states. */
export const GUARANTEES: readonly Guarantee[] = [
  {
    title: "An acknowledged write survives",
    promise:
      "With `appendfsync always` a write that was acknowledged survives the death of the process and the loss of power; with `everysec` too, but for the last two seconds before a loss of power; with `no` the death of the process.",
    spec: "log",
    properties: ["AckedSurvives", "ClosedIsProven", "TypeOK"],
    model: [
      "model/log/actions.ts#Write",
      "model/log/actions.ts#FsyncOk",
      "model/log/actions.ts#RecoverRewrite",
    ],
    impl: ["impl/log/log-core.ts", "impl/log/recovery.ts", "impl/ports/node/disk.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "crash", "maelstrom"],
    mutants: [
      "gate-opens-at-write",
      "sync-covers-late-writes",
      "recovery-does-not-rewrite",
      "failed-sync-is-forgiven",
      "reply-before-fsync",
      "directory-not-synced",
    ],
  },
  {
    title: "A directory has one writer",
    promise:
      "A server has its data directory to itself from before it reads anything there until it has ended, in whatever way; a second one is refused, in another process or in the same one.",
    spec: "log",
    properties: ["OneWriter"],
    model: ["model/log/actions.ts#RecoverBegin", "model/log/actions.ts#OtherTakes"],
    impl: ["impl/log/log-directory.ts", "impl/ports/node/directory-lock.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "crash"],
    mutants: ["directory-not-taken", "directory-kept-after-the-end", "moved-log-not-noticed"],
  },
  {
    title: "A value that a client has seen is never unseen",
    promise:
      "A reply leaves only when every write that it depends on, those it has read included, lasts under the policy: no client sees a value that a crash takes back.",
    spec: "log",
    properties: ["NoDirtyRead"],
    model: ["model/log/actions.ts#Read", "model/log/actions.ts#Reply"],
    impl: ["impl/gate/outbox.ts", "impl/gate/reply-marks.ts", "impl/session/dispatch.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "crash"],
    mutants: [
      "model-forgets-reads",
      "forgotten-dependency",
      "reads-depend-on-nothing",
      "waits-for-the-frame-after",
    ],
  },
  {
    title: "Replies leave in order",
    promise:
      "The replies of a connection leave in the order of its requests, whatever they wait for.",
    spec: "log",
    properties: ["RepliesInOrder"],
    model: ["model/log/actions.ts#Reply"],
    impl: ["impl/gate/outbox.ts", "impl/gate/reply-marks.ts", "impl/server/client.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces"],
    mutants: ["reply-overtakes", "answers-may-be-skipped", "quit-drops-held-replies"],
  },
  {
    title: "What a start finds is a prefix of what was executed",
    promise:
      "Recovery restores the writes of each run in their order and without a gap: a torn end is cut and reported, damage in the middle is refused.",
    spec: "log",
    properties: ["PrefixOrder"],
    model: ["model/log/actions.ts#RecoverBegin", "model/log/actions.ts#ShortWrite"],
    impl: ["impl/log/recovery.ts", "impl/log/frame.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "crash"],
    mutants: [
      "torn-frame-is-executed",
      "checksum-is-ignored",
      "half-transaction-is-replayed",
      "short-write-stays",
      "recovery-forgets",
    ],
  },
  {
    title: "Every request ends, and a poisoned server stops",
    promise:
      "A request is answered, or its connection or the server ends. After a failed fsync nothing more is acknowledged and the process exits.",
    spec: "log",
    properties: ["EveryRequestEnds", "PoisonedStops"],
    model: ["model/log/actions.ts#Heal", "model/log/actions.ts#Stop"],
    impl: ["impl/log/log-core.ts", "impl/server/persistence-core.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "crash"],
    mutants: [
      "heals-with-units-left",
      "poison-is-ignored",
      "ballast-is-not-recreated",
      "no-answer-is-progress",
      "failed-fsync-forgiven",
    ],
  },
  {
    title: "Transactions are strictly serializable",
    promise:
      "A transaction takes effect as one step between being sent and being answered, for every client alike, across crashes too.",
    spec: "transactions",
    properties: ["Refines", "LogIsData", "TypeOK"],
    model: [
      "model/transactions/actions.ts#ExecStart",
      "model/transactions/actions.ts#ExecFinish",
      "model/transactions/actions.ts#Crash",
    ],
    impl: [
      "impl/commands/transactions/transactions.ts",
      "impl/session/dispatch.ts",
      "impl/engine/effects.ts",
    ],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "crash", "maelstrom"],
    mutants: ["watched-value-ignored", "exec-is-many-units", "cas-without-watch"],
  },
  {
    title: "WATCH sees every change, and nothing else",
    promise:
      "EXEC runs exactly when no watched key has changed since WATCH, by the session itself or by expiry included.",
    spec: "transactions",
    properties: ["NoLostUpdate", "ValidExecRuns"],
    model: ["model/transactions/actions.ts#Watch", "model/transactions/actions.ts#ExecNil"],
    impl: ["impl/session/watch.ts", "impl/commands/transactions/transactions.ts"],
    checks: ["specs", "refine:graph", "refine:oracle", "refine", "sim", "traces", "redis-tests"],
    mutants: [
      "exec-keeps-watching",
      "exec-ignores-the-mark",
      "removal-of-expired-marks",
      "watch-misses-expiry",
      "flush-touches-absent-keys",
    ],
  },
  {
    title: "Errors in a transaction",
    promise:
      "A command that is refused while queueing aborts the transaction; one that fails while running stops none of the others.",
    spec: "transactions",
    properties: ["AbortedByError", "ErrorsStopNothing"],
    model: ["model/transactions/actions.ts#Refuse", "model/transactions/actions.ts#ExecAbort"],
    impl: ["impl/session/dispatch.ts", "impl/commands/transactions/transactions.ts"],
    checks: ["specs", "refine:graph", "refine:oracle", "refine", "sim", "traces", "redis-tests"],
    mutants: ["rejected-command-spoils-nothing", "model-forgets-spoiled"],
  },
  {
    title: "A connection gets its own answers",
    promise:
      "Pipelined commands are answered each in its turn, and a session holds nothing of a connection before it.",
    spec: "transactions",
    properties: ["AnswersInOrder", "SessionIsItsClients", "SessionRules"],
    model: ["model/transactions/actions.ts#Queue", "model/transactions/actions.ts#Disconnect"],
    impl: ["impl/session/session.ts", "impl/server/client.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "fuzz"],
    mutants: ["queue-keeps-no-copy"],
  },
  {
    title: "Nothing that a transaction has shown is lost",
    promise: "The replies of EXEC wait at the gate like all others, for all that they depend on.",
    spec: "transactions",
    properties: ["ShownIsDurable"],
    model: ["model/transactions/actions.ts#Persist", "model/transactions/actions.ts#Reply"],
    impl: ["impl/gate/outbox.ts", "impl/log/log-core.ts"],
    checks: ["specs", "refine:graph", "refine", "sim", "traces", "crash", "maelstrom"],
    mutants: ["gate-opens-when-written", "read-waits-for-nothing", "kill-excuses"],
  },
  {
    title: "Each element goes to one client, in order",
    promise:
      "Of the clients that wait for a key the first is served first, from the key that became ready first, and no element goes to two. Nobody is served inside a transaction, and nothing waits there.",
    spec: "blocking",
    properties: [
      "EachToOne",
      "FirstComeFirstServed",
      "KeysInOrder",
      "NothingWaitsInMulti",
      "NobodyIsServedInExec",
    ],
    model: ["model/blocking/actions.ts#Serve", "model/blocking/actions.ts#ExecNext"],
    impl: ["impl/session/key-waiters.ts", "impl/session/serve.ts"],
    checks: ["specs", "refine:graph", "refine:oracle", "refine", "redis-tests"],
    mutants: [
      "last-come-first-served",
      "element-is-given-and-kept",
      "served-from-the-key-named-first",
      "served-inside-exec",
      "waits-inside-exec",
    ],
  },
  {
    title: "No wake-up is lost, and a wait that is over gets nothing",
    promise:
      "Nobody waits for a key that is there. A wait ends once: by an element, by its time, by CLIENT UNBLOCK or with its connection, and gets nothing afterwards.",
    spec: "blocking",
    properties: ["NoLostWakeUp", "WakesUp", "OneAnswerEach", "ForEverIsForEver", "OneWaitEach"],
    model: ["model/blocking/actions.ts#Wait", "model/blocking/actions.ts#Timeout"],
    impl: ["impl/session/waits.ts", "impl/session/deadlines.ts", "impl/session/blocking.ts"],
    checks: ["specs", "refine:graph", "refine", "redis-tests"],
    mutants: ["first-ready-key-only", "wait-outlives-its-deadline", "swap-wakes-nobody"],
  },
  {
    title: "An element that was handed out is handed to nobody else",
    promise:
      "The reply that hands out an element leaves when its removal lasts under the policy: a crash neither loses a push that was acknowledged nor gives an element to a second client.",
    spec: "blocking",
    properties: ["ShownIsDurable", "AckedSurvives", "LogIsData", "TypeOK"],
    model: ["model/blocking/actions.ts#Reply", "model/blocking/actions.ts#Crash"],
    impl: ["impl/session/serve.ts", "impl/gate/outbox.ts"],
    checks: ["specs", "refine:graph", "refine"],
    mutants: ["served-before-the-gate", "served-ahead-of-the-disk"],
  },
  {
    title: "A cache that is no longer right is told so",
    promise:
      "Whatever a client has read for its cache and has since changed, expired, been flushed or been forgotten for room: what says so is on its way to the client, or to the connection that it has named, and is never in front of the value that it is about. A client is told of its own changes behind the reply, and of none with NOLOOP.",
    spec: "tracking",
    properties: ["NoStaleCache", "ForgottenIsTold", "BehindTheReply", "NoLoopIsKept"],
    model: ["model/tracking/actions.ts#Run", "model/tracking/actions.ts#Turn"],
    impl: [
      "impl/session/tracking.ts",
      "impl/session/tracking-table.ts",
      "impl/session/broadcasts.ts",
    ],
    checks: ["specs", "refine:graph", "refine:oracle", "refine", "redis-tests"],
    mutants: [
      "changes-do-not-reach-caches",
      "forgets-without-a-word",
      "flush-keeps-caches",
      "caching-lasts",
      "no-loop-hears-of-no-expiry",
      "told-within-the-transaction",
    ],
  },
  {
    title: "An invalidation leaves when its change lasts, and not later",
    promise:
      "An invalidation tells of nothing that a crash could take back, and once somebody may be shown the change nothing holds it back.",
    spec: "tracking",
    properties: ["DueIsFree", "ToldIsDurable", "LogIsData", "TypeOK"],
    model: ["model/tracking/actions.ts#Reply", "model/tracking/actions.ts#ExecNext"],
    impl: ["impl/session/push.ts", "impl/gate/outbox.ts"],
    checks: ["specs", "refine:graph", "refine"],
    mutants: ["invalidation-depends-on-nothing", "broadcast-depends-on-nothing"],
  },
];
