import assert from "node:assert/strict";
import type { Request } from "../resp/request.ts";
import type { CommandDeclaration, KeyReference } from "./command-declaration.ts";
import { onlyKeyOf } from "./key-extraction.ts";
import { rulesOf } from "./rules.ts";

/** A handler whose argument the record does not know: `run` knows that it is a `Call`. */
type OpaqueHandler = (call: never) => void;

/** A command of one server: its declaration, what dispatch needs of it, and its statistics. */
export class CommandRecord {
  readonly command: CommandDeclaration;
  /** `get`, or `config|get` for a subcommand. */
  readonly fullName: string;
  readonly arity: number;
  readonly fn: OpaqueHandler;
  /** For commands that run scripts, which are judged by what these say of themselves: see `judged.ts`. */
  readonly scriptFlags: CommandDeclaration["scriptFlags"] | null;
  readonly isWrite: boolean;
  /** It may need more memory: it is refused where there is none. */
  readonly takesMemory: boolean;
  readonly noAuth: boolean;
  readonly noMulti: boolean;
  readonly mayReplicate: boolean;
  /** False when the reply says nothing about the data: it need not wait for the log. */
  readonly consultsData: boolean;
  /** Runs while the data set is being loaded. */
  readonly runsInLoading: boolean;
  readonly runsWhileBusy: boolean;
  readonly skipSlowlog: boolean;
  /** It shows itself to monitors: before what it runs. */
  readonly skipMonitor: boolean;
  readonly isAdmin: boolean;
  /** Reads, writes or tells replicas: a follower may not. */
  readonly usesKeyspace: boolean;
  /** The directive that must allow it; null for nearly all. */
  readonly guardedBy: string | null;
  readonly fast: boolean;
  /** Requests of up to so many arguments need no clock of their own. */
  readonly constantTimeArgc: number;
  readonly runsInMulti: boolean;
  readonly endsTransaction: boolean;
  readonly runsQueue: boolean;
  readonly marksAccess: boolean;
  readonly tellsHealth: boolean;
  readonly runsForSubscribers: boolean;
  readonly hidesMisses: boolean;
  /** Whoever has it run may keep what it reads in a cache. It is said of what scripts run, not of them. */
  readonly isCacheable: boolean;
  /** The rules of admission that could ever concern it, as bits: see `rules.ts`. */
  readonly rules: number;
  readonly subcommands: ReadonlyMap<string, CommandRecord> | null;
  /** Where every request has its key, of a command that always has one in the same place; else null. */
  readonly onlyKey: readonly KeyReference[] | null;
  /** Its number in the catalog of users' rules; `Instance` puts it in. */
  accessId = -1;

  calls = 0;
  microseconds = 0;
  rejectedCalls = 0;
  failedCalls = 0;
  /** Calls by duration: `histogram[k]` counts those of up to 2^k microseconds; null until the first. */
  histogram: Uint32Array | null = null;

  constructor(command: CommandDeclaration, parent: string | null) {
    this.command = command;
    this.fullName = parent === null ? command.name : `${parent}|${command.name}`;
    this.arity = command.arity;
    this.fn = command.handler ?? unreachable;
    this.scriptFlags = command.scriptFlags ?? null;
    this.isWrite = command.flags.includes("write");
    this.takesMemory = command.flags.includes("denyoom");
    this.noAuth = command.flags.includes("no_auth");
    this.noMulti = command.flags.includes("no_multi");
    this.mayReplicate = this.isWrite || command.flags.includes("may_replicate");
    this.consultsData = command.consultsNoData !== true;
    this.runsInLoading = command.flags.includes("loading");
    this.runsWhileBusy = command.flags.includes("allow_busy");
    this.skipSlowlog = command.flags.includes("skip_slowlog");
    this.skipMonitor = command.flags.includes("skip_monitor");
    this.isAdmin = command.flags.includes("admin");
    this.usesKeyspace = this.mayReplicate || command.flags.includes("readonly");
    this.guardedBy = command.guardedBy ?? null;
    this.fast = command.flags.includes("fast");
    this.constantTimeArgc = constantTimeArgc(command.constantTime ?? false);
    const mayBe = this.constantTimeArgc === 0 || this.constantTimeArgc >= Math.abs(this.arity);
    assert(mayBe, `${this.fullName} has more arguments than are ever timed together`);
    this.runsInMulti = command.runsInMulti === true;
    this.endsTransaction = command.endsTransaction === true;
    this.runsQueue = command.runsQueue === true;
    this.marksAccess = command.marksAccess === true;
    this.tellsHealth = command.tellsHealth === true;
    this.runsForSubscribers = command.runsForSubscribers === true;
    this.hidesMisses = command.hidesMisses === true;
    this.isCacheable = command.flags.includes("readonly") && command.group !== "scripting";
    this.rules = rulesOf(this);
    this.onlyKey = onlyKeyOf(command);
    this.subcommands =
      command.subcommands === undefined
        ? null
        : new Map(
            command.subcommands.map((sub) => [sub.name, new CommandRecord(sub, command.name)]),
          );
  }

  /** Counts calls of the same duration in the histogram of durations. */
  observe(durationUs: number, calls = 1): void {
    this.histogram ??= new Uint32Array(HISTOGRAM_BUCKETS);
    const bucket = Math.min(HISTOGRAM_BUCKETS - 1, 32 - Math.clz32(Math.max(0, durationUs - 1)));
    this.histogram[bucket] = this.histogram[bucket]! + calls;
  }

  /** Forgets the statistics: CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.calls = 0;
    this.microseconds = 0;
    this.rejectedCalls = 0;
    this.failedCalls = 0;
    this.histogram = null;
    for (const sub of this.subcommands?.values() ?? []) sub.resetStatistics();
  }

  /** True when a request with `argc` arguments fits the arity. */
  accepts(argc: number): boolean {
    return this.arity >= 0 ? argc === this.arity : argc >= -this.arity;
  }
}

function constantTimeArgc(declared: NonNullable<CommandDeclaration["constantTime"]>): number {
  if (typeof declared === "object") return declared.mostArguments;
  return declared ? Number.MAX_SAFE_INTEGER : 0;
}

function unreachable(): void {
  assert.fail("a container command has no handler");
}

/** Finds a command by the bytes of its name, whatever their case, without making a string. */
export class CommandTable {
  readonly #slots: (CommandRecord | null)[] = new Array(SLOTS).fill(null);
  readonly #names: string[] = new Array(SLOTS).fill("");
  readonly #records: CommandRecord[] = [];
  /** The command that was found last, and its name. */
  #last: CommandRecord | null = null;
  #lastName = "";

  /** @param renames what `rename-command` says: lower-case names, an empty one disables. */
  constructor(
    commands: readonly CommandDeclaration[],
    renames: ReadonlyMap<string, string> = new Map(),
  ) {
    for (const command of commands) {
      const name = renames.get(command.name) ?? command.name;
      if (name === "") continue;
      const record = new CommandRecord(command, null);
      this.#records.push(record);
      this.#insert(name.toLowerCase(), record);
    }
  }

  /** Every top-level command that is not disabled, in the order of declaration. */
  get records(): readonly CommandRecord[] {
    return this.#records;
  }

  /** Commands and subcommands, each parent before its own. */
  get all(): readonly CommandRecord[] {
    return this.#records.flatMap((record) => [record, ...(record.subcommands?.values() ?? [])]);
  }

  /** The top-level command that argument 0 names, or null. */
  find(request: Request): CommandRecord | null {
    const bytes = request.bytes;
    const offset = request.offsets[0]!;
    const length = request.lengths[0]!;
    if (length > LONGEST_NAME) return null;
    // A pipeline mostly repeats itself.
    if (this.#last !== null && request.equals(0, this.#lastName)) return this.#last;
    let hash = length;
    for (let i = 0; i < length; i++) hash = (hash * 31 + (bytes[offset + i]! | 32)) | 0;
    for (let slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const record = this.#slots[slot]!;
      if (record === null) return null;
      if (!request.equals(0, this.#names[slot]!)) continue;
      this.#last = record;
      this.#lastName = this.#names[slot]!;
      return record;
    }
  }

  /** A command by its lower-case name, `parent|sub` included, or null. */
  byName(fullName: string): CommandRecord | null {
    const [name, sub, more] = fullName.split("|");
    if (more !== undefined) return null;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#slots[slot] === null || this.#names[slot] !== name) continue;
      if (sub === undefined) return this.#slots[slot]!;
      return this.#slots[slot]!.subcommands?.get(sub) ?? null;
    }
    return null;
  }

  #insert(name: string, record: CommandRecord): void {
    assert.ok(name.length <= LONGEST_NAME, `command name too long: ${name}`);
    let hash = name.length;
    for (let i = 0; i < name.length; i++) hash = (hash * 31 + (name.charCodeAt(i) | 32)) | 0;
    let slot = hash & (SLOTS - 1);
    while (this.#slots[slot] !== null) slot = (slot + 1) & (SLOTS - 1);
    this.#slots[slot] = record;
    this.#names[slot] = name;
  }
}

const HISTOGRAM_BUCKETS = 32;
const SLOTS = 1024;
const LONGEST_NAME = 64;
