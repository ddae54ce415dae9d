/**
 * Scripts that run for long among clients that go on asking, by chance, against the plainest server that
 * could be: one command at a time. A script is one command whose effects come when it ends; while it runs
 * others hear BUSY; it can be killed until it has written; and a server that ends beside it has nothing
 * of it in its log.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";
import { requestText } from "../../testing/wire/request.ts";

const KEYS = ["x", "y"];
/** Adds to a key, or has added to it, before it goes on without an end, or to its end. */
const SCRIPTS = {
  "reads on": "redis.call('GET', KEYS[1]) while true do end",
  "wrote and goes on": "redis.call('INCR', KEYS[1]) while true do end",
  "ends with a write": "for i = 1, 900000 do end return redis.call('INCR', KEYS[1])",
  "begins with a write":
    "local n = redis.call('INCR', KEYS[1]) for i = 1, 900000 do end redis.call('INCR', KEYS[1]) return n",
} as const;

type ScriptName = keyof typeof SCRIPTS;

const ENDLESS: ReadonlySet<ScriptName> = new Set(["reads on", "wrote and goes on"]);
/** Those that have written when others can ask. */
const WROTE: ReadonlySet<ScriptName> = new Set(["wrote and goes on", "begins with a write"]);

type Act =
  | { readonly _tag: "Script"; readonly script: ScriptName; readonly key: string }
  | { readonly _tag: "Write" | "Read"; readonly key: string }
  | { readonly _tag: "Transaction"; readonly key: string }
  | { readonly _tag: "Kill" | "Turns" | "Nosave" };

const key = fc.constantFrom(...KEYS);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      _tag: fc.constant("Script" as const),
      script: fc.constantFrom(...(Object.keys(SCRIPTS) as ScriptName[])),
      key,
    }),
  },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constantFrom("Write", "Read"), key }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Transaction" as const), key }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constantFrom("Kill", "Turns") }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Nosave" as const) }) },
);

/** What has happened, so that a run in which something never did fails. */
const seen = new Map<string, number>();
const HAPPENS = [
  ...["killed", "unkillable", "not busy", "busy", "busy transaction", "ended", "ended beside it"],
] as const;

function note(what: (typeof HAPPENS)[number]): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

/** The server and the model of it: a number for each key, and the script that runs. */
class Pair {
  server = TestServer.loaded({ "busy-reply-threshold": "5" });
  #script = this.server.connect();
  #other = this.server.connect();
  #data = new Map<string, number>();
  #running: { readonly script: ScriptName; readonly key: string } | null = null;

  constructor() {
    this.server.clock.usPerLook = 1000;
  }

  do(one: Act): void {
    if (one._tag === "Script") this.#begin(one.script, one.key);
    else if (one._tag === "Write") this.#ask(`INCR ${one.key}`, () => this.#add(one.key, 1));
    else if (one._tag === "Read") this.#ask(`GET ${one.key}`, () => this.#valueOf(one.key));
    else if (one._tag === "Transaction") this.#transact(one.key);
    else if (one._tag === "Kill") this.#kill();
    else if (one._tag === "Nosave") this.#end();
    else this.#turns();
  }

  #add(key: string, by: number): string {
    this.#data.set(key, (this.#data.get(key) ?? 0) + by);
    return `:${this.#data.get(key)}\r\n`;
  }

  #valueOf(key: string): string {
    const value = this.#data.get(key);
    if (value === undefined) return "$-1\r\n";
    return `$${String(value).length}\r\n${value}\r\n`;
  }

  /** Who runs a script is given nothing else. */
  #begin(script: ScriptName, key: string): void {
    if (this.#running !== null) return;
    this.#script.send(...linesOf(requestText("EVAL", SCRIPTS[script], "1", key)));
    this.#running = { script, key };
    this.#settle();
  }

  /** What runs has come to its end by itself, if it has: only now it has happened. */
  #notice(): void {
    if (this.#running === null || this.server.instance.isBusy) return;
    const { script, key } = this.#running;
    this.#running = null;
    note("ended");
    expect(ENDLESS.has(script)).toBe(false);
    const first = this.#add(key, 1);
    if (script === "begins with a write") this.#add(key, 1);
    expect(this.#script.take()).toBe(first);
  }

  #ask(line: string, run: () => string): void {
    const isBusy = this.#running !== null;
    const expected = isBusy ? "" : run();
    const reply = this.#answer(line);
    if (!isBusy) expect(reply).toBe(expected);
    else {
      note("busy");
      expect(reply).toMatch(/^-BUSY /);
    }
  }

  #transact(key: string): void {
    const isBusy = this.#running !== null;
    const expected = isBusy ? "" : this.#add(key, 1);
    const reply = this.#answer("MULTI", `INCR ${key}`, "EXEC");
    if (!isBusy) {
      expect(reply).toBe(`+OK\r\n+QUEUED\r\n*1\r\n${expected}`);
      return;
    }
    note("busy transaction");
    expect(reply).toMatch(/^\+OK\r\n-BUSY .*\r\n-EXECABORT .* BUSY .*\r\n$/);
  }

  #kill(): void {
    const { script } = this.#running ?? {};
    if (script === undefined) {
      note("not busy");
      expect(this.#answer("SCRIPT KILL")).toMatch(/^-NOTBUSY /);
    } else if (WROTE.has(script)) {
      note("unkillable");
      expect(this.#answer("SCRIPT KILL")).toMatch(/^-UNKILLABLE /);
    } else {
      note("killed");
      this.#running = null;
      expect(this.#answer("SCRIPT KILL")).toBe("+OK\r\n");
      while (this.server.instance.isBusy) this.#settle();
      expect(this.#script.take()).toMatch(/^-ERR Script killed by user with SCRIPT KILL/);
    }
  }

  /** Loop turns go by. */
  #turns(): void {
    for (let turns = 3; turns > 0; turns--) this.#settle();
    if (this.#running !== null) expect(this.#script.take()).toBe("");
  }

  /** The server ends, beside a script or not, and another one begins with its log. */
  #end(): void {
    this.#other.send("SHUTDOWN NOSAVE");
    expect(this.server.close()).toBeNull();
    if (this.#running !== null && this.server.instance.isBusy) {
      note("ended beside it");
      expect(this.#script.take()).toBe("");
      this.#running = null;
    }
    // It may have come to its end in the last loop turn: then it has been answered, and lasts.
    this.#notice();
    this.server = TestServer.loaded({ "busy-reply-threshold": "5" }, this.server.disk);
    this.server.clock.usPerLook = 1000;
    this.#script = this.server.connect();
    this.#other = this.server.connect();
    for (const key of KEYS) this.#ask(`GET ${key}`, () => this.#valueOf(key));
  }

  /** What the other client is answered once the disk has done its part. */
  #answer(...lines: readonly string[]): string {
    this.#other.send(...lines);
    this.#settle();
    return this.#other.take();
  }

  #settle(): void {
    this.server.turn();
    while (this.server.disk.syncs.length > 0) this.server.endSync();
    this.#notice();
  }
}

function linesOf(text: string): readonly string[] {
  return text.slice(0, -2).split("\r\n");
}

test("a script that runs for long is one command, whatever others do meanwhile", () => {
  const acts = fc.array(act, { minLength: 5, maxLength: 30, size: "max" });
  const follows = (all: readonly Act[]): void => {
    const pair = new Pair();
    for (const one of all) pair.do(one);
  };
  fc.assert(fc.property(acts, follows), { seed: 1, numRuns: 15 });
  expect(HAPPENS.filter((what) => !seen.has(what))).toEqual([]);
});
