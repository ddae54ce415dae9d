/** Directives about snapshots, the append-only file, replication and clusters. */
import { directive } from "./directive.ts";
import { bool, choice, integer, memory, optionalBytes, optionalText, text } from "./kinds.ts";
import { replicaOf, save } from "./lists.ts";
import { INT_MAX, INT_MIN, LLONG_MAX, ULLONG_MAX } from "./numbers.ts";
import { baseName, hostname } from "./refusals.ts";

const MB = 1024 * 1024;

export const PERSISTENCE = [
  directive(
    "save",
    save([
      { seconds: 3600n, changes: 1 },
      { seconds: 300n, changes: 100 },
      { seconds: 60n, changes: 10000 },
    ]),
    "When a snapshot is taken: after so many seconds, if so many writes happened.",
    { effect: "live" },
  ),
  directive("stop-writes-on-bgsave-error", bool(true), "Refuse writes after a snapshot failed.", {
    effect: "live",
  }),
  directive(
    "dbfilename",
    text("dump.rdb", baseName("dbfilename", "filename", true)),
    "Name of the snapshot file, which a start without an append-only file loads.",
    { protected: true, effect: "live" },
  ),
  directive("rdbcompression", bool(true), "Compress long strings in snapshots, DUMP and MIGRATE.", {
    effect: "live",
  }),
  directive("rdbchecksum", bool(true), "End snapshots with a checksum.", {
    immutable: true,
    effect: "live",
  }),
  directive("rdb-del-sync-files", bool(false), "Remove snapshots that were made for replication."),
  directive("rdb-save-incremental-fsync", bool(true), "Flush a snapshot to disk bit by bit."),
  directive(
    "rdb-key-save-delay",
    integer(0, INT_MIN, INT_MAX),
    "Microseconds to wait per saved key, for tests.",
    {
      hidden: true,
    },
  ),
  directive(
    "key-load-delay",
    integer(0, INT_MIN, INT_MAX),
    "Microseconds to wait per loaded key, for tests.",
    {
      hidden: true,
    },
  ),
  directive(
    "loading-process-events-interval-bytes",
    integer(2 * MB, 1024, INT_MAX),
    "Bytes loaded between two looks at the clients.",
    { effect: "live", hidden: true },
  ),
  directive(
    "sanitize-dump-payload",
    choice(["no", "yes", "clients"], "no"),
    "Whose serialized values are checked in full before they are used.",
  ),

  directive("appendonly", bool(false), "Keep an append-only file of all writes.", {
    effect: "live",
    denyLoading: true,
  }),
  directive(
    "appendfilename",
    text("appendonly.aof", baseName("appendfilename", "filename")),
    "First part of the names of the append-only files.",
    { effect: "at start", immutable: true },
  ),
  directive(
    "appenddirname",
    text("appendonlydir", baseName("appenddirname", "dirname")),
    "Name of the directory of the append-only files.",
    { effect: "at start", immutable: true },
  ),
  directive(
    "appendfsync",
    choice(["everysec", "always", "no"], "everysec"),
    "When the append-only file is flushed to disk.",
    { effect: "live" },
  ),
  directive(
    "no-appendfsync-on-rewrite",
    bool(false),
    "Do not flush the append-only file while it is rewritten.",
  ),
  directive(
    "auto-aof-rewrite-percentage",
    integer(100),
    "Growth in % after which the append-only file is rewritten; 0 is never.",
  ),
  directive(
    "auto-aof-rewrite-min-size",
    memory(64 * MB),
    "Smallest append-only file that is rewritten by itself.",
  ),
  directive(
    "aof-load-truncated",
    bool(true),
    "Start although the append-only file ends half-way.",
    { effect: "at start" },
  ),
  directive(
    "aof-use-rdb-preamble",
    bool(true),
    "Write the base of the append-only file as a snapshot.",
  ),
  directive("aof-timestamp-enabled", bool(false), "Write times into the append-only file."),
  directive(
    "aof-rewrite-incremental-fsync",
    bool(true),
    "Flush a rewritten append-only file to disk bit by bit.",
  ),
  directive(
    "aof-disable-auto-gc",
    bool(false),
    "Keep append-only files that are no longer needed.",
  ),
] as const;

export const REPLICATION = [
  directive(
    "replicaof",
    replicaOf(),
    "The server that this one replicates; the server does not start with one.",
    { alias: "slaveof", immutable: true, effect: "partly" },
  ),
  directive("masteruser", optionalText(), "User name shown to the primary.", { sensitive: true }),
  directive("masterauth", optionalBytes(), "Password shown to the primary.", { sensitive: true }),
  directive(
    "replica-serve-stale-data",
    bool(true),
    "Let a replica answer from old data while its link is down.",
    { alias: "slave-serve-stale-data" },
  ),
  directive("replica-read-only", bool(true), "Refuse writes of clients on a replica.", {
    alias: "slave-read-only",
  }),
  directive("replica-ignore-maxmemory", bool(true), "Let only the primary evict keys.", {
    alias: "slave-ignore-maxmemory",
  }),
  directive("replica-lazy-flush", bool(false), "Free a replica's old data in the background.", {
    alias: "slave-lazy-flush",
  }),
  directive(
    "replica-ignore-disk-write-errors",
    bool(false),
    "Let a replica run on although it cannot write to disk.",
  ),
  directive("replica-priority", integer(100), "Preference for becoming primary; 0 is never.", {
    alias: "slave-priority",
  }),
  directive("replica-announced", bool(true), "Let Sentinel report this replica."),
  directive("replica-announce-ip", optionalText(), "Address that the primary is told.", {
    alias: "slave-announce-ip",
  }),
  directive("replica-announce-port", integer(0, 0, 65535), "Port that the primary is told.", {
    alias: "slave-announce-port",
  }),
  directive(
    "min-replicas-to-write",
    integer(0),
    "Replicas that must be in reach for a write to be accepted.",
    { alias: "min-slaves-to-write", effect: "live" },
  ),
  directive(
    "min-replicas-max-lag",
    integer(10),
    "Seconds of silence after which a replica is out of reach.",
    { alias: "min-slaves-max-lag", effect: "live" },
  ),
  directive("repl-timeout", integer(60, 1), "Seconds of silence after which a link is down.", {
    effect: "live",
  }),
  directive("repl-ping-replica-period", integer(10, 1), "Seconds between pings to replicas.", {
    alias: "repl-ping-slave-period",
    effect: "live",
  }),
  directive(
    "repl-backlog-size",
    memory(MB, 1, LLONG_MAX, { clamp: [16n * 1024n, LLONG_MAX] }),
    "Bytes of past writes kept for replicas that reconnect; a replica's output may be as long.",
    { effect: "live" },
  ),
  directive(
    "repl-backlog-ttl",
    integer(3600, 0, LLONG_MAX),
    "Seconds without replicas after which past writes are dropped; 0 is never.",
  ),
  directive(
    "repl-disable-tcp-nodelay",
    bool(false),
    "Gather writes to replicas into larger packets.",
  ),
  directive("repl-diskless-sync", bool(true), "Send a snapshot to replicas without a file."),
  directive(
    "repl-diskless-sync-delay",
    integer(5),
    "Seconds to wait for more replicas before that.",
  ),
  directive(
    "repl-diskless-sync-max-replicas",
    integer(0),
    "Replicas that end that wait; 0 is no number.",
  ),
  directive(
    "repl-diskless-load",
    choice(["disabled", "on-empty-db", "swapdb"], "disabled"),
    "When a replica loads a snapshot straight from the link.",
    { denyLoading: true },
  ),
] as const;

export const CLUSTER = [
  directive(
    "cluster-enabled",
    bool(false),
    "Run as a node of a Redis Cluster; the server does not start as one.",
    { immutable: true, effect: "partly" },
  ),
  directive("cluster-config-file", text("nodes.conf"), "File of the node's view of the cluster.", {
    immutable: true,
  }),
  directive(
    "cluster-node-timeout",
    integer(15000, 0, LLONG_MAX),
    "Milliseconds of silence after which a node may have failed.",
  ),
  directive(
    "cluster-port",
    integer(0, 0, 65535),
    "Port of the cluster bus; 0 is the port plus 10000.",
    {
      immutable: true,
    },
  ),
  directive(
    "cluster-replica-validity-factor",
    integer(10),
    "How old the data of a replica that takes over may be.",
    {
      alias: "cluster-slave-validity-factor",
    },
  ),
  directive("cluster-replica-no-failover", bool(false), "Never let this replica take over.", {
    alias: "cluster-slave-no-failover",
  }),
  directive(
    "cluster-migration-barrier",
    integer(1),
    "Replicas that stay with a primary when others move to one without any.",
  ),
  directive(
    "cluster-allow-replica-migration",
    bool(true),
    "Let replicas move to primaries without any.",
  ),
  directive("cluster-require-full-coverage", bool(true), "Answer only while every slot is served."),
  directive(
    "cluster-allow-reads-when-down",
    bool(false),
    "Answer reads while the cluster is down.",
  ),
  directive(
    "cluster-allow-pubsubshard-when-down",
    bool(true),
    "Serve sharded channels while the cluster is down.",
  ),
  directive(
    "cluster-link-sendbuf-limit",
    memory(0, 0, ULLONG_MAX, { unsigned: true }),
    "Most bytes waiting on a link of the cluster bus; 0 is no limit.",
  ),
  directive("cluster-announce-ip", optionalText(), "Address that other nodes are told."),
  directive("cluster-announce-port", integer(0, 0, 65535), "Port that other nodes are told."),
  directive(
    "cluster-announce-tls-port",
    integer(0, 0, 65535),
    "TLS port that other nodes are told.",
  ),
  directive(
    "cluster-announce-bus-port",
    integer(0, 0, 65535),
    "Bus port that other nodes are told.",
  ),
  directive(
    "cluster-announce-hostname",
    optionalText(hostname),
    "Host name that other nodes are told.",
  ),
  directive(
    "cluster-preferred-endpoint-type",
    choice(["ip", "hostname", "unknown-endpoint"], "ip"),
    "What clients are told to reach a node by.",
  ),
] as const;
