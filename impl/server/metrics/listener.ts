/** The HTTP port of a server: metrics, health, readiness, and a page to look at. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Config } from "../../config/config.ts";
import { addressesOf, hostOf, isBearable } from "../addresses.ts";
import { ListenError } from "../listen-error.ts";
import type { ServerCore } from "../server-core.ts";
import { isOwnHost } from "./hosts.ts";
import { PAGE, SCRIPT, STYLE } from "./page.ts";
import { PrometheusText } from "./prometheus.ts";
import { stateOf } from "./state.ts";

/** Bounds for what a stranger may hold: connections, headers, time. */
const MOST_CONNECTIONS = 64;
const HEADER_BYTES = 8 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;

/** On every answer: nothing is cached, guessed, framed or shared with another page. */
const HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** What is answered: status, media type, text. */
type Answer = readonly [status: number, type: string, text: string];

const PLAIN = "text/plain; charset=utf-8";

/** Listens at `metrics-port`. Create it with `openMetrics`. */
export class MetricsListener {
  readonly #servers: readonly http.Server[];

  constructor(servers: readonly http.Server[]) {
    this.#servers = servers;
  }

  /** The port in use. */
  get port(): number {
    return (this.#servers[0]!.address() as AddressInfo).port;
  }

  /** Stops, and ends what is open. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map(closed));
  }
}

/**
 * Opens the port that `metrics-port` names at the addresses of `metrics-bind`.
 *
 * @returns null when it names none
 * @throws ListenError
 */
export async function openMetrics(
  config: Config,
  core: ServerCore,
): Promise<MetricsListener | null> {
  const port = config.get("metrics-port");
  if (port === 0) return null;
  const addresses = addressesOf(config.get("metrics-bind"));
  const bound = addresses.map(({ host }) => host.toLowerCase());
  const answer = answers(core);
  const servers: http.Server[] = [];
  for (const { host, optional } of addresses) {
    const server = http.createServer(
      { maxHeaderSize: HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void handle(answer, bound, request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    try {
      await listening(server, port, hostOf(host));
      servers.push(server);
    } catch (error) {
      if (isBearable((error as NodeJS.ErrnoException).code, optional)) continue;
      await Promise.all(servers.map(closed));
      throw new ListenError(`metrics port ${port} (${host})`, error);
    }
  }
  return servers.length === 0 ? null : new MetricsListener(servers);
}

/** What is answered at each path. */
function answers(core: ServerCore): Readonly<Record<string, () => Answer | Promise<Answer>>> {
  const prometheus = new PrometheusText(core.instance);
  const isUp = (): boolean => core.log?.isUp ?? true;
  return {
    "/": () => [200, "text/html; charset=utf-8", PAGE],
    "/page.css": () => [200, "text/css; charset=utf-8", STYLE],
    "/page.js": () => [200, "text/javascript; charset=utf-8", SCRIPT],
    "/state.json": () => [200, "application/json", JSON.stringify(stateOf(core))],
    "/metrics": async () => [200, prometheus.contentType, await prometheus.write()],
    "/health": () => (isUp() ? [200, PLAIN, "ok\n"] : [503, PLAIN, "the log is poisoned\n"]),
    "/ready": () => {
      if (core.instance.persistence.loading !== null) return [503, PLAIN, "loading\n"];
      return isUp() && !core.isStopping ? [200, PLAIN, "ready\n"] : [503, PLAIN, "stopping\n"];
    },
  };
}

async function handle(
  answer: ReturnType<typeof answers>,
  bound: readonly string[],
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const [status, type, text] = await decide(answer, bound, request);
  const isHead = request.method === "HEAD";
  const allow = status === 405 ? { Allow: "GET, HEAD" } : {};
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    ...HEADERS,
    ...allow,
    "Content-Type": type,
    "Content-Length": bytes.length,
  });
  response.end(isHead ? undefined : bytes);
}

async function decide(
  answer: ReturnType<typeof answers>,
  bound: readonly string[],
  { method, url = "/", headers }: http.IncomingMessage,
): Promise<Answer> {
  if (!isOwnHost(headers.host, bound)) {
    return [421, PLAIN, "This server is not known by that name. Use its address.\n"];
  }
  if (method !== "GET" && method !== "HEAD") return [405, PLAIN, "Only GET and HEAD.\n"];
  const path = url.replace(/\?.*$/s, "");
  if (!Object.hasOwn(answer, path)) return [404, PLAIN, "There is no such page.\n"];
  return await answer[path]!();
}

function listening(server: http.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closed(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
