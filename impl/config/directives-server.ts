/** Directives about the process, its logs and statistics, and who may do what. */
import { directive } from "./directive.ts";
import { events } from "./events.ts";
import { bool, choice, flags, integer, optionalBytes, optionalText, text } from "./kinds.ts";
import { directory, oomScores, percentiles } from "./lists.ts";
import { INT_MAX, LLONG_MAX } from "./numbers.ts";
import { titleTemplate } from "./refusals.ts";

/** How a server ends on a signal: the words of `shutdown-on-sigint` and `shutdown-on-sigterm`. */
function shutdownFlags() {
  return flags(
    ["default", "save", "nosave", "now", "force"],
    ["save", "nosave", "shutdown options SAVE and NOSAVE can't be used simultaneously"],
  );
}

/** Who may use what is closed by default. */
function permission() {
  return choice(["no", "yes", "local"], "no");
}

export const SERVER = [
  directive("daemonize", bool(false), "Run in the background.", {
    immutable: true,
    effect: "live",
  }),
  directive(
    "supervised",
    choice(["upstart", "systemd", "auto", "no"], "no"),
    "Which supervisor is told that the server is ready; it does not start where one waits for that.",
    { immutable: true, effect: "partly" },
  ),
  directive("pidfile", optionalText(), "File that holds the process id while the server runs.", {
    immutable: true,
    atStart: "/var/run/redis.pid when the server runs in the background and none is given",
    effect: "live",
  }),
  directive("dir", directory(), "Working directory: where data files are.", {
    protected: true,
    denyLoading: true,
    atStart: "the directory that the server is started in",
    effect: "live",
  }),
  directive("databases", integer(16, 1), "Number of databases.", {
    immutable: true,
    effect: "live",
  }),
  directive("hz", integer(10, 0, INT_MAX, { clamp: [1n, 500n] }), "Background tasks per second."),
  directive(
    "dynamic-hz",
    bool(true),
    "Do background tasks more often while many clients are connected.",
  ),
  directive(
    "always-show-logo",
    bool(false),
    "Show the logo at start even when output is not a terminal.",
    {
      immutable: true,
    },
  ),
  directive("set-proc-title", bool(true), "Show what the server is in its process title.", {
    immutable: true,
  }),
  directive(
    "proc-title-template",
    text("{title} {listen-addr} {server-mode}", titleTemplate),
    "What the process title says.",
  ),
  directive("shutdown-timeout", integer(10), "Seconds to wait for replicas at shutdown.", {
    effect: "live",
  }),
  directive("shutdown-on-sigint", shutdownFlags(), "How the server ends on SIGINT."),
  directive("shutdown-on-sigterm", shutdownFlags(), "How the server ends on SIGTERM."),
  directive("crash-log-enabled", bool(true), "Write a report when the server crashes."),
  directive("crash-memcheck-enabled", bool(true), "Test the memory when the server crashes."),
  directive("use-exit-on-panic", bool(false), "End by exit instead of abort on a fatal error.", {
    hidden: true,
  }),
  directive("watchdog-period", integer(0), "Milliseconds of a stall that is reported; 0 is none.", {
    hidden: true,
  }),
  directive(
    "oom-score-adj",
    choice(["no", "yes", "relative", "absolute"], "no", new Map([["relative", "yes"]])),
    "Whether the kernel is told whom to end first when memory runs out.",
  ),
  directive(
    "oom-score-adj-values",
    oomScores([0, 200, 800]),
    "What it is told, for a primary, a replica and background children.",
  ),
  directive("disable-thp", bool(true), "Turn off transparent huge pages for the process.", {
    immutable: true,
  }),
  directive("jemalloc-bg-thread", bool(true), "Let the memory allocator purge in the background."),
  directive("server_cpulist", optionalText(), "CPUs that the server runs on.", { immutable: true }),
  directive("bio_cpulist", optionalText(), "CPUs that background work runs on.", {
    immutable: true,
  }),
  directive("aof_rewrite_cpulist", optionalText(), "CPUs that rewriting the AOF runs on.", {
    immutable: true,
  }),
  directive("bgsave_cpulist", optionalText(), "CPUs that taking snapshots runs on.", {
    immutable: true,
  }),
  directive("ignore-warnings", text(""), "Warnings at start that do not prevent it."),

  directive(
    "loglevel",
    choice(["debug", "verbose", "notice", "warning"], "notice"),
    "What is logged.",
    { effect: "live" },
  ),
  directive("logfile", text(""), "File of the log; empty is the standard output.", {
    immutable: true,
    effect: "live",
  }),
  directive("syslog-enabled", bool(false), "Log to the system log, too.", { immutable: true }),
  directive("syslog-ident", text("redis"), "Name in the system log.", { immutable: true }),
  directive(
    "syslog-facility",
    choice(
      ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
      "local0",
    ),
    "Facility of the system log.",
    { immutable: true },
  ),
  directive(
    "slowlog-log-slower-than",
    integer(10000, -1, LLONG_MAX),
    "Microseconds from which a command is slow; -1 logs none, 0 all.",
    { effect: "live" },
  ),
  directive("slowlog-max-len", integer(128, 0, LLONG_MAX), "Slow commands that are kept.", {
    effect: "live",
  }),
  directive(
    "latency-monitor-threshold",
    integer(0, 0, LLONG_MAX),
    "Milliseconds from which an event is a latency spike; 0 records none.",
    { effect: "live" },
  ),
  directive("latency-tracking", bool(true), "Keep the distribution of each command's latency.", {
    effect: "live",
  }),
  directive(
    "latency-tracking-info-percentiles",
    percentiles([50, 99, 99.9]),
    "Percentiles of latency that INFO shows.",
    { effect: "live" },
  ),
  directive("notify-keyspace-events", events(), "Keyspace events that are published.", {
    effect: "live",
  }),
  directive(
    "tracking-table-max-keys",
    integer(1000000, 0, LLONG_MAX, { unsigned: true }),
    "Keys that are remembered for client-side caching; 0 is no limit.",
    { effect: "live" },
  ),
  directive(
    "busy-reply-threshold",
    integer(5000, 0, LLONG_MAX),
    "Milliseconds after which a running script makes the server answer BUSY.",
    { alias: "lua-time-limit", effect: "live" },
  ),
  directive(
    "propagation-error-behavior",
    choice(["ignore", "panic", "panic-on-replicas"], "ignore"),
    "What happens when a propagated command fails.",
  ),

  directive("requirepass", optionalBytes(), "Password of the default user.", {
    sensitive: true,
    effect: "live",
  }),
  directive("aclfile", text(""), "File of the users, for ACL LOAD and ACL SAVE.", {
    immutable: true,
    effect: "live",
  }),
  directive("acllog-max-len", integer(128, 0, LLONG_MAX), "Refusals that ACL LOG keeps.", {
    effect: "live",
  }),
  directive(
    "acl-pubsub-default",
    choice(["allchannels", "resetchannels"], "resetchannels"),
    "Channels that a new user or selector may use.",
    { effect: "live" },
  ),
  directive(
    "enable-protected-configs",
    permission(),
    "Who may change protected directives by CONFIG SET.",
    { immutable: true, effect: "live" },
  ),
  directive("enable-debug-command", permission(), "Who may use DEBUG.", {
    immutable: true,
    effect: "live",
  }),
  directive("enable-module-command", permission(), "Who may use MODULE.", { immutable: true }),
  directive(
    "lua-enable-deprecated-api",
    bool(false),
    "Give scripts getfenv, setfenv and newproxy.",
    {
      immutable: true,
      hidden: true,
      effect: "live",
    },
  ),
] as const;
