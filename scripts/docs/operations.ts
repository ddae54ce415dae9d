/** docs/OPERATIONS.md: how to look at a running server, with the table of its metrics. */
import { METRICS, type MetricDeclaration } from "../../impl/server/metrics/declarations.ts";
import { markdownTable } from "./table.ts";

/** What is answered at each path. */
const PATHS: readonly (readonly string[])[] = [
  [
    "`/`",
    "a page: throughput, latency, memory, log, keys, clients, slow log; it asks for the state once a second",
  ],
  ["`/metrics`", "the metrics below, for Prometheus"],
  ["`/health`", "200 while the server can acknowledge; 503 when its log is poisoned"],
  [
    "`/ready`",
    "200 when the data are there; 503 while they are being loaded, and once the server stops",
  ],
];

/** The page. */
export function operationsPage(): string {
  return `# Looking at a running server

Generated from the declarations in \`impl/server/metrics/\` by \`pnpm run docs\`.

## By commands

\`INFO\`, \`SLOWLOG\`, \`LATENCY\`, \`CLIENT LIST\`, \`MEMORY\` and \`MONITOR\` are Redis'. A monitor is shown a line for each command that has run, as \`+1339518083.107412 [0 127.0.0.1:60866] "get" "key"\`: commands of a transaction when EXEC runs them, a script before its own commands, which have \`lua\` in place of an address. Passwords are shown as \`(redacted)\`, commands that administer the server not at all. A line that tells of data leaves when the log has what it tells of, as replies do; a monitor that does not read is closed at \`client-output-buffer-limit normal\`. While nobody monitors, nothing is spent on it.

## By HTTP

\`metrics-port 9121\` opens a port on the loopback interface, \`0\`, the default, none. \`metrics-bind\` names other addresses. An embedded server takes both: \`createServer({ config: { "metrics-port": "9121" } })\`. They are Veridis' own: redis-server does not start with a redis.conf that has them, and CONFIG GET shows them by their exact names only.

${markdownTable([["path", "answer"], ...PATHS])}
There is no password: whoever reaches the port sees figures, the addresses and names of clients, and which commands were slow, without their arguments. A request that names the server otherwise than by an address, as \`localhost\`, or by a name in \`metrics-bind\` is refused with 421, so that no page elsewhere can read along by a name that it points here (DNS rebinding): let Prometheus scrape an address.

A scrape is one pass over the figures that INFO shows, in the thread that serves clients; what it costs grows with the number of clients and of different commands, not with the data.

## Metrics

Names are those of [redis_exporter](https://github.com/oliver006/redis_exporter), whose dashboards can be used; those that begin with \`veridis_\` are added.

${markdownTable([["metric", "type", "labels", "what it says"], ...METRICS.map(row)])}`;
}

function row({ name, type, labels, help }: MetricDeclaration): readonly string[] {
  return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", "), help];
}
