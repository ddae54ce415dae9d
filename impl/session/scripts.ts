/** Scripts: what they are run by, what has been loaded, and the one that runs. */
import { assert, CHECKED } from "../assert.ts";
import type { Request } from "../resp/request.ts";
import { type Interruption, REPLICATION, type ScriptHost } from "../scripting/api/host.ts";
import { EVAL_TABLE } from "../scripting/api/redis-table.ts";
import { type EnginePorts, ScriptEngine } from "../scripting/engine.ts";
import { ScriptCache } from "../scripting/script-cache.ts";
import { FLAG } from "../scripting/shebang.ts";
import { Functions } from "./functions.ts";
import type { Instance, ScriptRunner } from "./instance.ts";
import { denialFor } from "./permissions.ts";
import { refusalInScript } from "./script-admission.ts";
import type { RunningScript, ScriptCommand, ScriptStart } from "./script-run.ts";
import { type ScriptKind, ScriptWatch } from "./script-watch.ts";
import { Session } from "./session.ts";

const FACTS = { address: "", localAddress: "", fd: -1 };
const MINUS = 45;
const LEVELS = ["debug", "verbose", "notice", "warning"];

/**
 * The caller of the commands of scripts: a session of its own, with the caller's database, that
 * nobody is connected to.
 */
export class ScriptCaller implements ScriptHost {
  readonly #instance: Instance;
  readonly session: Session;
  /** The client that has the script run. */
  client: Session;
  readonly reply;
  /** The script that runs forbids itself writes, or its command does. */
  isReadOnly = false;
  allowsOom = false;
  /** It has run a command that writes. */
  hasWritten = false;
  readonly watch: ScriptWatch;
  #replication: number = REPLICATION.all;

  constructor(instance: Instance) {
    this.#instance = instance;
    this.watch = new ScriptWatch({
      clock: instance.clock,
      thresholdMs: () => instance.config.get("busy-reply-threshold"),
      warn: (text) => this.log(LEVELS.indexOf("warning"), text),
      notice: (text) => this.log(LEVELS.indexOf("notice"), text),
    });
    this.session = new Session(0, FACTS, 0, true);
    this.client = this.session;
    this.reply = this.session.reply;
    this.reply.onError = instance.statistics.recordError;
    // Nothing ever leaves.
    this.session.outbox.open();
  }

  get protocol(): 2 | 3 {
    return this.reply.protocol;
  }

  set protocol(protocol: 2 | 3) {
    this.reply.protocol = protocol;
  }

  /** A script begins, for `session`. */
  begin(session: Session, { kind, name, flags, isReadOnly }: ScriptStart): void {
    const isCompatible = (flags & FLAG.compatible) !== 0;
    this.session.database = session.database;
    this.session.facts = session.facts;
    this.session.name = session.name;
    this.session.user = session.user;
    this.client = session;
    this.reply.protocol = 2;
    this.isReadOnly = isReadOnly || (!isCompatible && (flags & FLAG.noWrites) !== 0);
    this.allowsOom = !isCompatible && (flags & FLAG.allowOom) !== 0;
    this.hasWritten = false;
    this.#replication = REPLICATION.all;
    this.watch.begin(kind, name);
  }

  call(request: Request): string | null {
    const instance = this.#instance;
    const { reply, session } = this;
    reply.truncate(0);
    const found = instance.commands.find(request);
    const record = found?.subcommands?.get(wordOf(request)) ?? found;
    const isMissing = record === null || (record.subcommands !== null && request.argc > 1);
    const refusal = isMissing
      ? "ERR Unknown Redis command called from script"
      : refusalInScript(instance, this, record, request);
    if (refusal !== null) {
      instance.statistics.recordError(refusal);
      if (record !== null && !isMissing) record.rejectedCalls++;
      instance.statistics.errorsAttributed = instance.statistics.errorReplies;
      return refusal;
    }
    if (record!.isWrite) this.hasWritten = true;
    const { effects } = instance.data;
    const isSilenced = (this.#replication & REPLICATION.log) === 0;
    const before = isSilenced ? effects.mark() : null;
    instance.executor.run(session, record!, request, "script");
    if (before !== null) effects.dropSince(before);
    if (CHECKED) assert(session.blocked === null, "nothing waits within a script");
    return null;
  }

  replicateTo(flags: number): void {
    this.#replication = flags;
  }

  mayRun(request: Request): boolean | null {
    const found = this.#instance.commands.find(request);
    if (found === null) return null;
    const isSubcommand = found.subcommands !== null && request.argc > 1;
    const record = isSubcommand ? found.subcommands.get(wordOf(request)) : found;
    return record === undefined ? null : denialFor(this.client.user, record, request) === null;
  }

  log(level: number, text: string): void {
    const instance = this.#instance;
    if (level < LEVELS.indexOf(instance.config.get("loglevel"))) return;
    instance.control.log(text);
  }

  interrupt(mayLeave: boolean): Interruption {
    return this.watch.interrupt(mayLeave);
  }

  get endReason(): string {
    return this.watch.endReason;
  }
}

/** The subcommand that a request names. */
function wordOf(request: Request): string {
  return request.argc > 1 ? request.text(1).toLowerCase() : "";
}

/** The scripts of one instance. */
export class Scripts implements ScriptRunner {
  readonly #instance: Instance;
  readonly engine: ScriptEngine;
  readonly cache: ScriptCache;
  readonly caller: ScriptCaller;
  readonly functions: Functions;
  /** What runs the script that runs now, or was left. */
  #engine: ScriptEngine | null = null;
  /** The command that has begun it. */
  #call: ScriptCommand | null = null;

  constructor(instance: Instance, module: () => WebAssembly.Module) {
    this.#instance = instance;
    const caller = new ScriptCaller(instance);
    const ports: EnginePorts = {
      module,
      random: instance.random,
      hasDeprecated: instance.config.get("lua-enable-deprecated-api"),
      log: (level, text) => caller.log(level, text),
    };
    this.engine = new ScriptEngine(ports, { redis: EVAL_TABLE, showsHandler: true });
    this.cache = new ScriptCache(this.engine);
    this.caller = caller;
    this.functions = new Functions(instance, ports);
  }

  /**
   * Runs a script that is compiled, for a command; its result is the reply. When it runs for long it
   * is left, and the command with it: `Call.again`.
   */
  run(call: ScriptCommand, start: ScriptStart): void {
    const { caller } = this;
    const { session, request, reply } = call;
    // Its effects are those of the commands that it calls.
    call.withoutEffect();
    caller.begin(session, start);
    const { engine, chunk, globals, name, firstKey, keys } = start;
    this.#engine = engine;
    this.#call = call;
    const run = { chunk, name, request, firstKey, keys, host: caller, reply };
    this.#came(engine.run(globals === undefined ? run : { ...run, globals }));
  }

  /** The script or function that runs; null when none does. */
  get running(): RunningScript | null {
    const { kind, name, elapsedMs } = this.caller.watch;
    if (kind === null) return null;
    return { kind, name, request: this.#call!.request, elapsedMs };
  }

  /**
   * Ends what runs, for SCRIPT KILL or FUNCTION KILL.
   *
   * @returns null when it will; else why it will not, the error's code in front
   */
  kill(kind: ScriptKind): string | null {
    const { watch, hasWritten } = this.caller;
    const refusal = watch.kill(kind, hasWritten);
    if (refusal === null) this.#engine!.end();
    return refusal;
  }

  /** What commands are answered while a script was left. */
  get busyError(): string {
    return this.caller.watch.busyError;
  }

  /** The script has come to its end, or was left. */
  #came(isDone: boolean): void {
    const engine = this.#engine!;
    if (isDone) {
      this.#countFailure(this.#call!);
      this.caller.watch.end();
      this.#engine = null;
      this.#call = null;
    } else this.#call!.again = () => this.#came(engine.goOn());
  }

  /** A script that ends by a command's error has failed, too, though that one has been counted. */
  #countFailure({ record, reply, replyStart }: ScriptCommand): void {
    const { errorReplies, errorsAttributed } = this.#instance.statistics;
    const isError = reply.length > replyStart && reply.bytes[replyStart] === MINUS;
    if (isError && errorReplies === errorsAttributed) record.failedCalls++;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.cache.verifyInvariants();
    assert((this.running === null) === (this.#call === null), "what runs is known");
    assert(this.running === null || this.#instance.isBusy, "between commands no script runs");
  }
}
