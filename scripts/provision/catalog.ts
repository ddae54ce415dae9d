/** The names of the outside programs, as they are called on a command line. */
export type ToolName =
  | "redis-server"
  | "redis-cli"
  | "redis-benchmark"
  | "redis-check-aof"
  | "redis-check-rdb"
  | "tclsh";

/** Debian packages that are unpacked together, with the programs in them that are used. */
export interface Bundle {
  /** The name of its folder in the cache. */
  readonly folder: string;
  readonly packages: readonly string[];
  readonly tools: readonly ToolName[];
  /** The variable by which its programs find their library files when they are unpacked elsewhere
   * than in `/`, and the folder inside the packages that holds those files. */
  readonly library?: { readonly variable: string; readonly folder: string };
}

/** One outside program: how to recognise the right version, and where it comes from. */
export interface Tool {
  readonly name: ToolName;
  /** The version that the project is measured against. */
  readonly version: string;
  /** The environment variable that names an executable to use instead of any other. */
  readonly variable: string;
  /** Other names under which the same program is installed. */
  readonly aliases: readonly string[];
  /** The Debian package to install by hand. */
  readonly package: string;
  /** What makes it print its version: arguments, or a script on standard input. */
  readonly probe: { readonly args: readonly string[]; readonly input?: string };
  /** What the probe prints when the version is right. */
  readonly expected: RegExp;
  readonly bundle: Bundle;
}

/** The Redis release that Veridis is compared with, byte for byte. */
export const REDIS_VERSION = "7.0.15";

const REDIS: Bundle = {
  folder: `redis-${REDIS_VERSION}`,
  packages: ["redis-server", "redis-tools"],
  tools: ["redis-server", "redis-cli", "redis-benchmark", "redis-check-aof", "redis-check-rdb"],
};

const TCL: Bundle = {
  folder: "tcl-8.6",
  packages: ["tcl8.6", "libtcl8.6"],
  tools: ["tclsh"],
  library: { variable: "TCL_LIBRARY", folder: "usr/share/tcltk/tcl8.6" },
};

function redisTool(name: ToolName, expected = /\b7\.0\.15\b/): Tool {
  return {
    name,
    version: REDIS_VERSION,
    variable: `VERIDIS_${name.toUpperCase().replaceAll("-", "_")}`,
    aliases: [],
    package: name === "redis-server" ? "redis-server" : "redis-tools",
    probe: { args: ["--version"] },
    expected,
    bundle: REDIS,
  };
}

/** Every outside program, by name: the one place that says what provisioning knows about it. */
export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  "redis-server": redisTool("redis-server"),
  "redis-cli": redisTool("redis-cli"),
  "redis-benchmark": redisTool("redis-benchmark"),
  // 7.0's redis-check-aof cannot say its version: that it runs at all is what can be asked.
  "redis-check-aof": redisTool("redis-check-aof", /Cannot open file --version/),
  "redis-check-rdb": redisTool("redis-check-rdb"),
  tclsh: {
    name: "tclsh",
    version: "8.6",
    variable: "VERIDIS_TCLSH",
    aliases: ["tclsh8.6"],
    package: "tcl8.6",
    probe: { args: [], input: "puts [info patchlevel]" },
    expected: /^8\.6\./,
    bundle: TCL,
  },
};

/** True when `name` is the name of an outside program. */
export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

/** Redis' source archive as Debian and upstream both ship it: it holds the Tcl suite. */
export const SUITE = {
  version: REDIS_VERSION,
  /** The environment variable that names an unpacked source folder of Redis 7.0.15. */
  variable: "VERIDIS_REDIS_SUITE",
  sourcePackage: "redis",
  archive: `redis_${REDIS_VERSION}.orig.tar.gz`,
  sha256: "4b1dc4ee6d622a09fff9c6777191209750fb5e5a725ef78ea012d6eef4c22982",
} as const;
