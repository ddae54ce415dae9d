import { describe, expect, test } from "vitest";
import { readCommandLine } from "./command-line.ts";
import { type ConfFailure, describeFailure } from "./conf-file.ts";
import { Config } from "./config.ts";
import { loadConf } from "./load.ts";

const FILES: Readonly<Record<string, string>> = {
  "/etc/a.conf": "hz 33\nsave 7 7\n",
  "/etc/b.conf": "hz 44\nsave 8 8",
  "/etc/bad.cnf": "\n# x\nfoo bar\n",
  "/etc/self.conf": "include self.conf",
  "/srv/a.conf": "hz 55",
};

const files = {
  readFile: (path: string) => {
    const text = FILES[path];
    return text === undefined ? { error: "No such file or directory" } : { text };
  },
  glob: (pattern: string) =>
    Object.keys(FILES).filter(
      (path) =>
        path.startsWith(pattern.replace(/\*.*$/, "")) &&
        path.endsWith(".conf") &&
        path !== "/etc/self.conf",
    ),
};

function load(
  text: string,
  others: string[] = [],
): { config: Config; failure: ConfFailure | null } {
  const config = new Config({ directory: "/etc" });
  const failure = loadConf(config, [{ source: "redis.conf", text }], files, ({ name, args }) => {
    others.push([name, ...args].join("|"));
    return name === "rename-command" && args[0] === "nope"
      ? "No such command in rename-command"
      : null;
  });
  config.verifyInvariants();
  return { config, failure };
}

/** The configuration that a text says; it must be one. */
function read(text: string): Config {
  const { config, failure } = load(text);
  expect(failure).toBeNull();
  return config;
}

describe("redis.conf", () => {
  test("comments, blank lines, quotes and case", () => {
    const config = read("# hz 1\r\n\t\r\n  HZ\t20  \nrequirepass \"a\\x00b\"\nsyslog-ident 'x y'");
    expect(config.get("hz")).toBe(20);
    expect(config.get("requirepass")).toBe("a\0b");
    expect(config.get("syslog-ident")).toBe("x y");
  });

  test("save lines add up in place of the defaults", () => {
    expect(read("hz 1").text("save")).toBe("3600 1 300 100 60 10000");
    expect(read("save 60 1\nsave 300 10 5 5").text("save")).toBe("60 1 300 10 5 5");
    expect(read('save 60 1\nsave ""\nsave "5 5"').text("save")).toBe("5 5");
    expect(read('save ""').text("save")).toBe("");
    expect(read("save").text("save")).toBe("");
  });

  test("include reads a file, or all that match, relative to dir", () => {
    expect(read("include a.conf").text("save")).toBe("7 7");
    expect(read("include /etc/*.conf").text("hz")).toBe("44");
    expect(read("include /etc/*.conf").text("save")).toBe("7 7 8 8");
    expect(read("include /nope/*.conf").text("hz")).toBe("10");
    expect(read("dir /srv\ninclude a.conf").text("hz")).toBe("55");
  });

  test("after an include, a save line starts anew, as in Redis", () => {
    expect(read("save 1 1\ninclude a.conf").text("save")).toBe("1 1 7 7");
    expect(read("include a.conf\nsave 1 1\nsave 2 2").text("save")).toBe("2 2");
  });

  test("lines that set no value are handed out in order", () => {
    const others: string[] = [];
    const text = 'rename-command FLUSHALL ""\nuser x on\nloadmodule /m.so 1\nm.x yes';
    expect(load(text, others).failure).toBeNull();
    expect(others).toEqual([
      "rename-command|FLUSHALL|",
      "user|x|on",
      "loadmodule|/m.so|1",
      "m.x|yes",
    ]);
  });

  test("retired directives are accepted", () => {
    expect(
      load("list-max-ziplist-entries 5\nlua-replicate-commands yes\nsentinel").failure,
    ).toBeNull();
  });

  const bad = "Bad directive or wrong number of arguments";
  test.each<[string, string]>([
    ["foo bar", bad],
    ["include", bad],
    ["user", bad],
    ["rename-command a", bad],
    ["list-max-ziplist-entries", bad],
    ['"" x', bad],
    ["hz", "wrong number of arguments"],
    ["hz 1 2", "wrong number of arguments"],
    ['hz "1', "Unbalanced quotes in configuration line"],
    ["maxmemory 1tb", "argument must be a memory value"],
    ["save 1", "Invalid save parameters"],
    ["m.x", "Module config specified without value"],
    ["sentinel monitor", "sentinel directive while not in sentinel mode"],
    ["rename-command nope x", "No such command in rename-command"],
    ["include nope.conf", "can't open config file '/etc/nope.conf': No such file or directory"],
    ["include self.conf", "Files include each other endlessly"],
    ["unixsocketperm 1000", "argument must be between 0 and 777 inclusive"],
    ["replicaof a 65536", "Invalid master port"],
  ])("%j is refused", (line, reason) => {
    const { failure } = load(`\n# x\n  ${line}\nhz 1`);
    expect(failure?.reason).toBe(reason);
    if (line !== "include self.conf") {
      expect(failure?.at).toEqual({ source: "redis.conf", line: 3, text: line });
    }
  });

  test("the failure is one line with file and line number", () => {
    const { failure } = load("hz 1\ninclude bad.cnf");
    expect(describeFailure(failure!)).toBe(
      `*** FATAL CONFIG FILE ERROR *** /etc/bad.cnf:3 >>> 'foo bar' ${bad}`,
    );
  });

  test("a cluster node replicates nobody by configuration", () => {
    const { failure } = load("cluster-enabled yes\nreplicaof a 1");
    expect(describeFailure(failure!)).toBe(
      "*** FATAL CONFIG FILE ERROR *** replicaof directive not allowed in cluster mode",
    );
  });
});

describe("the command line", () => {
  test.each<[string[], string]>([
    [["--port", "7000"], 'port "7000" '],
    [["--port 7000", "--hz", "5"], 'port 7000 \nhz "5" '],
    [["--save", "--port", "1"], 'save ""\nport "1" '],
    [["--save"], 'save ""'],
    [["--save", "60", "1"], 'save "60" "1" '],
    [["--save", "", "--hz", "1"], 'save "" \nhz "1" '],
    [["--loglevel", "--hz"], 'loglevel "--hz" '],
    [["--port", "1", "2"], 'port "1" "2" '],
    [["--requirepass", 'a"b\n'], 'requirepass "a\\"b\\n" '],
    [["--sentinel", "--hz", "1"], 'sentinel \nhz "1" '],
  ])("%j", (argv, options) => {
    expect(readCommandLine(argv)).toEqual({ configFile: null, fromStdin: false, options });
    expect(readCommandLine(["x.conf", ...argv])).toEqual({
      configFile: "x.conf",
      fromStdin: false,
      options,
    });
  });

  test("a lone - first or last reads the standard input", () => {
    expect(readCommandLine(["-", "--hz", "1"]).fromStdin).toBe(true);
    expect(readCommandLine(["x.conf", "-"]).fromStdin).toBe(true);
    expect(readCommandLine(["--ignore-warnings", "-", "--hz", "1"])).toEqual({
      configFile: null,
      fromStdin: false,
      options: 'ignore-warnings "-" \nhz "1" ',
    });
  });

  test("options come last and win", () => {
    const config = new Config();
    const { options } = readCommandLine(["--hz", "30", "--save", "60 1 5 5"]);
    const sources = [
      { source: "redis.conf", text: "hz 20" },
      { source: "command line", text: options },
    ];
    expect(loadConf(config, sources, files, () => null)).toBeNull();
    expect(config.text("hz")).toBe("30");
    expect(config.text("save")).toBe("60 1 5 5");
  });
});
