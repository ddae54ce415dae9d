import { Config } from "../config/config.ts";
import { findDirective } from "../config/directives.ts";
import { describeLogFailure } from "../log/failure.ts";
import { ANY_PORT } from "./listeners.ts";
import { silentLog } from "./log.ts";
import { NodeServer } from "./node-server.ts";
import { refusedSetting } from "./refused-settings.ts";

/** Options of an embedded server. */
export interface ServerOptions {
  /** TCP port on the loopback interface; 0, the default, lets the system choose a free one. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** Directives of redis.conf by name, each with the value that the file would have. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A running server. */
export interface Server {
  /** The TCP port it listens on; CONFIG SET can move it. */
  readonly port: number;
  /** The address it was started on. */
  readonly host: string;
  /**
   * Closes its connections and stops listening. Where `dir` is given and `save` has save points, as
   * it has unless told otherwise, a last snapshot is written. Without that and without
   * `appendonly yes` the data is gone.
   *
   * @throws Error when the log could not be closed cleanly, or the snapshot could not be written
   */
  close(): Promise<void>;
}

/**
 * Starts a server in this process.
 *
 * @throws TypeError when an option or a directive is unknown or a value is refused
 * @throws Error when it cannot listen
 */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const { port = 0, host = "127.0.0.1", config: directives = {}, ...unknown } = options;
  for (const name of Object.keys(unknown)) {
    const hint = findDirective(name) === undefined ? "" : "; directives stand in `config`";
    throw new TypeError(`there is no option '${name}'${hint}`);
  }
  const config = new Config({ directory: process.cwd() });
  const entries = Object.entries({ ...directives, bind: host });
  for (const name of Object.keys(directives)) {
    const reason = NOT_EMBEDDED[name.toLowerCase()];
    if (reason !== undefined) throw new TypeError(`directive '${name}' ${reason}`);
  }
  for (const [name, value] of entries) load(config, name, value);
  // It is judged as the directive is; 0 is the choice of the system here.
  load(config, "port", String(port));
  const refusal = refusedSetting(config, {});
  if (refusal !== null) throw new TypeError(refusal);
  let failure: Error | null = null;
  const server = new NodeServer({
    config,
    log: silentLog,
    configFile: "",
    hasDirectory: directives["dir"] !== undefined,
    onShutdown: () => void server.close(),
    onFatal: (why) => {
      failure ??= new Error(describeLogFailure(why));
      void server.destroy();
    },
  });
  try {
    await server.listen(port === 0 ? ANY_PORT : port);
    await server.load();
    if (failure !== null) throw failure;
  } catch (error) {
    await server.destroy();
    throw error;
  }
  load(config, "port", String(server.port));
  const close = async (): Promise<void> => {
    const isOver = failure !== null || server.isClosing;
    const isSaved = isOver || !server.savesItself || server.saveFinally();
    const reason = failure?.message ?? (await server.close());
    if (reason !== null) throw new Error(`the log was not closed cleanly: ${reason}`);
    if (!isSaved) throw new Error(`no snapshot could be written to ${config.get("dir")}`);
  };
  return {
    get port() {
      return server.port;
    },
    host,
    close,
  };
}

/** Directives that make no sense within another program, and why. */
const NOT_EMBEDDED: Readonly<Record<string, string>> = {
  bind: "is the option `host` of an embedded server",
  port: "is the option `port` of an embedded server",
  daemonize: "is for a process of its own, not for an embedded server",
  supervised: "is for a process of its own, not for an embedded server",
  pidfile: "is for a process of its own, not for an embedded server",
  logfile: "is for a process of its own; an embedded server writes no log",
  "syslog-enabled": "is for a process of its own; an embedded server writes no log",
  include: "is for a file; give an embedded server the directives themselves",
};

function load(config: Config, name: string, value: string): void {
  const known = findDirective(name);
  if (known === undefined) throw new TypeError(`there is no directive '${name}'`);
  const args = known.directive.kind.multiArg && value !== "" ? value.split(" ") : [value];
  const refusal = config.load(known, args);
  if (refusal !== null) throw new TypeError(`directive '${name}' cannot be '${value}': ${refusal}`);
}
