import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config } from "./config.ts";
import { DIRECTIVES } from "./directives.ts";
import { loadConf } from "./load.ts";

const LOCAL = { isLocal: true, isLoading: false };
const NO_FILES = { readFile: () => ({ error: "none" }), glob: () => [] };

function set(config: Config, ...pairs: [string, string][]): string | null {
  const error = config.setMany(pairs, LOCAL);
  config.verifyInvariants();
  return error;
}

function failed(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

/** A configuration read from text. */
function configOf(text: string): Config {
  const config = new Config();
  expect(loadConf(config, [{ source: "test", text }], NO_FILES, () => null)).toBeNull();
  return config;
}

describe("CONFIG GET", () => {
  const config = new Config();

  test("repeats a name as it was given, once", () => {
    expect(config.match(["HZ", "hz", "Slave-Priority"])).toEqual([
      ["HZ", "10"],
      ["Slave-Priority", "100"],
    ]);
  });

  test("shows names and aliases that match a pattern, without case", () => {
    const names = config.match(["*-PRIORITY"]).map(([name]) => name);
    expect(names).toEqual(["replica-priority", "slave-priority"]);
  });

  test("shows hidden directives by their exact name only", () => {
    expect(config.match(["key-load-dela?"])).toEqual([]);
    expect(config.match(["key-load-delay"])).toEqual([["key-load-delay", "0"]]);
  });

  test("answers nothing for what is unknown", () => {
    expect(config.match(["nope", "port\0", "constructor"])).toEqual([]);
  });
});

describe("CONFIG SET", () => {
  test("sets several values at once", () => {
    const config = new Config();
    expect(set(config, ["maxmemory", "1gb"], ["SAVE", "60 1 300 10"], ["hz", "9999"])).toBeNull();
    expect(config.get("maxmemory")).toBe(2 ** 30);
    expect(config.get("save")).toEqual([
      { seconds: 60n, changes: 1 },
      { seconds: 300n, changes: 10 },
    ]);
    expect(config.get("hz")).toBe(500);
  });

  test("keeps all 64 bits of an amount of memory", () => {
    const config = new Config();
    expect(set(config, ["maxmemory", "18446744073709551615"])).toBeNull();
    expect(config.text("maxmemory")).toBe("18446744073709551615");
    expect(config.get("maxmemory")).toBe(2 ** 64);
  });

  test("changes nothing when one value is refused", () => {
    const config = new Config();
    const before = config.match(["*"]);
    expect(set(config, ["hz", "20"], ["slave-priority", "x"])).toBe(
      failed("slave-priority", "argument couldn't be parsed into an integer"),
    );
    expect(config.match(["*"])).toEqual(before);
  });

  test.each<[string, string, string]>([
    ["activerehashing", "maybe", "argument must be 'yes' or 'no'"],
    ["timeout", "2147483648", "argument must be between 0 and 2147483647 inclusive"],
    ["maxclients", "-1", "argument must be between 1 and 4294967295 inclusive"],
    ["proto-max-bulk-len", "1tb", "argument must be a memory value"],
    ["maxmemory-clients", "101%", "percentage argument must be less or equal to 100"],
    ["maxmemory-clients", "x", "argument must be a memory or percent value"],
    ["appendfsync", "never", "argument(s) must be one of the following: everysec, always, no"],
    [
      "shutdown-on-sigint",
      "save nosave",
      "shutdown options SAVE and NOSAVE can't be used simultaneously",
    ],
    ["save", "60", "Invalid save parameters"],
    ["save", "0 1", "Invalid save parameters"],
    [
      "client-output-buffer-limit",
      "normal 0 0",
      "Wrong number of arguments in buffer limit configuration.",
    ],
    [
      "client-output-buffer-limit",
      "master 0 0 0",
      "Invalid client class specified in buffer limit configuration.",
    ],
    [
      "client-output-buffer-limit",
      "normal 0 0 -1",
      "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
    ],
    ["notify-keyspace-events", "q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."],
    ["oom-score-adj-values", "1 2", "wrong number of arguments"],
    [
      "oom-score-adj-values",
      "0 0 2001",
      "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
    ],
    [
      "latency-tracking-info-percentiles",
      "101",
      "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    ],
    [
      "latency-tracking-info-percentiles",
      "x",
      "Invalid latency-tracking-info-percentiles parameters",
    ],
    [
      "cluster-announce-hostname",
      "a_b",
      "Hostnames may only contain alphanumeric characters, hyphens or dots",
    ],
    ["cluster-announce-hostname", "a".repeat(256), "Hostnames must be less than 256 characters"],
    [
      "proc-title-template",
      "{toString}",
      "template format is invalid or contains unknown variables",
    ],
    ["bind", Array(17).fill("::1").join(" "), "Too many bind addresses specified."],
    ["databases", "5", "can't set immutable config"],
    ["dir", "/", "can't set protected config"],
  ])("%s %s", (name, value, reason) => {
    expect(set(new Config(), [name, value])).toBe(failed(name, reason));
  });

  test("the first wrong name decides the error", () => {
    const unknown = "ERR Unknown option or number of arguments for CONFIG SET - 'Nope'";
    expect(set(new Config(), ["Nope", "1"], ["databases", "1"])).toBe(unknown);
    expect(set(new Config(), ["Databases", "1"], ["nope", "1"])).toBe(
      failed("Databases", "can't set immutable config"),
    );
  });

  test("refuses a name that appears twice, but not beside its alias", () => {
    const config = new Config();
    expect(set(config, ["hz", "1"], ["HZ", "2"])).toBe(failed("HZ", "duplicate parameter"));
    expect(set(config, ["slave-priority", "1"], ["replica-priority", "2"])).toBeNull();
    expect(config.text("slave-priority")).toBe("2");
  });

  test("while loading, some directives cannot change", () => {
    const loading = { isLocal: true, isLoading: true };
    expect(new Config().setMany([["appendonly", "yes"]], loading)).toBe(
      "LOADING Redis is loading the dataset in memory",
    );
    expect(new Config().setMany([["hz", "1"]], loading)).toBeNull();
  });

  test("enable-protected-configs says who may change protected directives", () => {
    const stranger = { isLocal: false, isLoading: false };
    const local = configOf("enable-protected-configs local");
    expect(local.setMany([["dbfilename", "x"]], LOCAL)).toBeNull();
    expect(local.setMany([["dbfilename", "x"]], stranger)).toContain("can't set protected config");
    const all = configOf("enable-protected-configs yes");
    expect(all.setMany([["dbfilename", "x"]], stranger)).toBeNull();
  });

  test("an output limit changes only the classes it names", () => {
    const config = new Config();
    expect(set(config, ["client-output-buffer-limit", "replica 1mb 1kb 5"])).toBeNull();
    expect(config.text("client-output-buffer-limit")).toBe(
      "normal 0 0 0 slave 1048576 1024 5 pubsub 33554432 8388608 60",
    );
    expect(config.get("client-output-buffer-limit").replica).toEqual({
      hardBytes: 1048576,
      softBytes: 1024,
      softS: 5,
    });
  });

  test("a directory is entered by the port", () => {
    const config = new Config({
      directory: "/a",
      enterDirectory: (path, current) =>
        path === "nope"
          ? { refusal: "No such file or directory" }
          : { value: `${current}/${path}` },
    });
    expect(
      loadConf(
        config,
        [{ source: "", text: "enable-protected-configs yes\ndir b" }],
        NO_FILES,
        () => null,
      ),
    ).toBeNull();
    expect(config.get("dir")).toBe("/a/b");
    expect(set(config, ["dir", "nope"])).toBe(failed("dir", "No such file or directory"));
    expect(config.get("dir")).toBe("/a/b");
  });
});

describe("listeners", () => {
  test("hear of changes when all new values are in place, and of nothing else", () => {
    const config = new Config();
    const heard: string[] = [];
    config.onChange("hz", (value, previous) => {
      heard.push(`hz ${previous} ${value}, timeout ${config.get("timeout")}`);
      return undefined;
    });
    set(config, ["hz", "10"]);
    set(config, ["hz", "20"], ["timeout", "5"]);
    set(config, ["hz", "30"], ["timeout", "x"]);
    expect(heard).toEqual(["hz 10 20, timeout 5"]);
  });

  test("a refusal takes everything back and tells those who had accepted", () => {
    const config = new Config();
    const heard: string[] = [];
    config.follow("hz", (value) => heard.push(`hz ${value}`));
    config.onChange("maxclients", (value) => (value > 100 ? "too many" : undefined));
    config.follow("timeout", (value) => heard.push(`timeout ${value}`));
    expect(set(config, ["hz", "20"], ["maxclients", "101"], ["timeout", "5"])).toBe(
      failed("maxclients", "too many"),
    );
    expect(heard).toEqual(["hz 10", "timeout 0", "hz 20", "hz 10"]);
    expect(config.match(["hz", "maxclients", "timeout"]).map(([, value]) => value)).toEqual([
      "10",
      "10000",
      "0",
    ]);
  });

  test("hear of certain directives even when the value stays", () => {
    const config = new Config();
    let calls = 0;
    config.onChange("tls-key-file", () => void calls++);
    set(config, ["tls-key-file", "x"]);
    set(config, ["tls-key-file", "x"]);
    expect(calls).toBe(2);
  });
});

describe("a rewritten file", () => {
  const texts = fc.oneof(
    fc.integer().map(String),
    fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map(String),
    fc.nat(2000).map((n) => `${n}mb`),
    fc.nat(110).map((n) => `${n}%`),
    fc.constantFrom(
      "yes",
      "no",
      "",
      "60 1 5 2",
      "KEA",
      "An",
      "1 2 3",
      "now force",
      "normal 1gb 5 6",
      "a b",
    ),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) }),
    fc.constantFrom(
      ...DIRECTIVES.flatMap(({ kind }) => kind.type.match(/(?<=`)[\w-]+(?=`)/g) ?? []),
    ),
  );
  // Redis writes addresses without quotes, and beside `A` it does not write `n`.
  const lossy = ["bind", "notify-keyspace-events", "dir"];
  const names = DIRECTIVES.map(({ name }) => name).filter((name) => !lossy.includes(name));

  test("says the same configuration, however it was set", () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...names), texts), {
          minLength: 10,
          maxLength: 40,
          size: "max",
        }),
        fc.constantFrom("", "# mine\nsave 1 1\n\nhz 3\nmaxmemory 7\nbind 1.2.3.4\n"),
        (pairs, old) => {
          const config = configOf(`enable-protected-configs yes\n${old}`);
          for (const pair of pairs) if (set(config, pair) === null) accepted++;
          const text = config.rewrite(old);
          const again = configOf(text);
          expect(again.match(["*"])).toEqual(config.match(["*"]));
          expect(again.rewrite(text).replace(/\n+$/, "")).toBe(text.replace(/\n+$/, ""));
        },
      ),
      { numRuns: 200 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});
