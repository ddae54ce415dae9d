/** Directives about listening, connections and their buffers. */
import { directive } from "./directive.ts";
import { bool, choice, integer, memory, memoryOrPercent, octal, optionalText } from "./kinds.ts";
import { addresses, outputLimits } from "./lists.ts";
import { INT_MAX, LLONG_MAX, UINT_MAX } from "./numbers.ts";

const MB = 1024 * 1024;

export const NETWORK = [
  directive(
    "bind",
    addresses(["*", "-::*"]),
    "Addresses to listen on; host names at start only, but for localhost.",
    {
      alwaysApplied: true,
      effect: "live",
    },
  ),
  directive(
    "bind-source-addr",
    optionalText(),
    "Local address of the connections that the server opens itself.",
  ),
  directive("port", integer(6379, 0, 65535), "TCP port to listen on; 0 listens on none.", {
    effect: "live",
  }),
  directive(
    "metrics-port",
    integer(0, 0, 65535),
    "TCP port of metrics, health and the page about the server; 0 opens none.",
    { own: true, immutable: true, hidden: true, effect: "at start" },
  ),
  directive(
    "metrics-bind",
    addresses(["127.0.0.1"]),
    "Addresses at which `metrics-port` is open: whoever reaches them sees it.",
    { own: true, immutable: true, hidden: true, effect: "at start" },
  ),
  directive(
    "tcp-backlog",
    integer(511),
    "Length of the queue of connections that wait to be accepted.",
    { immutable: true, effect: "live" },
  ),
  directive(
    "tcp-keepalive",
    integer(300),
    "Seconds between probes that find dead connections; 0 sends none.",
    { effect: "live" },
  ),
  directive(
    "timeout",
    integer(0),
    "Seconds after which an idle client is disconnected; 0 is never.",
    { effect: "live" },
  ),
  directive("unixsocket", optionalText(), "Path of a Unix socket to listen on.", {
    immutable: true,
    effect: "live",
  }),
  directive("unixsocketperm", octal(0, 0o777), "Permissions of the Unix socket.", {
    immutable: true,
    effect: "at start",
  }),
  directive(
    "protected-mode",
    bool(true),
    "Serve only clients of this machine while no password is set.",
    { effect: "live" },
  ),
  directive(
    "maxclients",
    integer(10000, 1, UINT_MAX, { unsigned: true }),
    "Most clients at a time; further ones are refused.",
    { atStart: "lowered to the limit on open files less 32 when that is smaller", effect: "live" },
  ),
  directive(
    "maxmemory-clients",
    memoryOrPercent(0),
    "Most memory for all clients, also as a percentage of maxmemory; 0 is no limit. The largest go first.",
    { effect: "live" },
  ),
  directive(
    "client-query-buffer-limit",
    memory(1024 * MB, MB, LLONG_MAX, { unsigned: true }),
    "Most bytes of unprocessed input, queued commands and watched keys of one client.",
    { effect: "live" },
  ),
  directive(
    "client-output-buffer-limit",
    outputLimits({
      normal: { hardBytes: 0, softBytes: 0, softS: 0 },
      replica: { hardBytes: 256 * MB, softBytes: 64 * MB, softS: 60 },
      pubsub: { hardBytes: 32 * MB, softBytes: 8 * MB, softS: 60 },
    }),
    "When a client that does not read its replies is disconnected, by class of clients.",
    { effect: "partly" },
  ),
  directive("proto-max-bulk-len", memory(512 * MB, MB), "Longest argument of a request in bytes.", {
    effect: "live",
  }),
  directive(
    "socket-mark-id",
    integer(0, 0, UINT_MAX, { unsigned: true }),
    "Mark on every socket.",
    {
      immutable: true,
    },
  ),
  directive("io-threads", integer(1, 1, 128), "Threads that read from and write to sockets.", {
    immutable: true,
  }),
  directive("io-threads-do-reads", bool(false), "Let the I/O threads read and parse, too.", {
    immutable: true,
  }),

  directive(
    "tls-port",
    integer(0, 0, 65535),
    "TCP port to listen on with TLS; 0 listens on none.",
    {
      effect: "partly",
    },
  ),
  directive(
    "tls-auth-clients",
    choice(["no", "yes", "optional"], "yes"),
    "Whether a TLS client must show a certificate.",
  ),
  directive("tls-cert-file", optionalText(), "File of the server's certificate.", {
    alwaysApplied: true,
  }),
  directive("tls-key-file", optionalText(), "File of the server's private key.", {
    alwaysApplied: true,
  }),
  directive("tls-key-file-pass", optionalText(), "Password of the server's private key."),
  directive(
    "tls-client-cert-file",
    optionalText(),
    "File of the certificate for connections that the server opens itself.",
    { alwaysApplied: true },
  ),
  directive(
    "tls-client-key-file",
    optionalText(),
    "File of the private key for connections that the server opens itself.",
    { alwaysApplied: true },
  ),
  directive("tls-client-key-file-pass", optionalText(), "Password of that private key."),
  directive("tls-dh-params-file", optionalText(), "File of Diffie-Hellman parameters.", {
    alwaysApplied: true,
  }),
  directive("tls-ca-cert-file", optionalText(), "File of the authorities' certificates.", {
    alwaysApplied: true,
  }),
  directive("tls-ca-cert-dir", optionalText(), "Directory of the authorities' certificates.", {
    alwaysApplied: true,
  }),
  directive("tls-protocols", optionalText(), "TLS versions to accept."),
  directive("tls-ciphers", optionalText(), "Ciphers to accept up to TLS 1.2."),
  directive("tls-ciphersuites", optionalText(), "Cipher suites to accept in TLS 1.3."),
  directive("tls-prefer-server-ciphers", bool(false), "The server's order of ciphers decides."),
  directive("tls-session-caching", bool(true), "Let TLS clients resume sessions."),
  directive("tls-session-cache-size", integer(20480), "TLS sessions kept for resumption."),
  directive(
    "tls-session-cache-timeout",
    integer(300, 0, INT_MAX),
    "Seconds that a TLS session can be resumed.",
  ),
  directive("tls-replication", bool(false), "Replicate over TLS."),
  directive("tls-cluster", bool(false), "Connect cluster nodes over TLS."),
] as const;
