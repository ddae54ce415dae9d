/** Settings on which safety hangs and that this server cannot carry out: it does not start with them. */
import type { Config } from "../config/config.ts";

/** What it says in an environment of which `auto` would make a supervisor. */
interface Environment {
  readonly [name: string]: string | undefined;
}

/**
 * Why a server must not start with these settings, in one line that says what to do; null when it
 * may. To ignore them would open the server, split its data or leave its supervisor waiting.
 */
export function refusedSetting(config: Config, environment: Environment): string | null {
  const supervisor = supervisorOf(config, environment);
  if (config.get("aclfile") !== "" && config.users.size > 0) {
    return "aclfile: users stand in the configuration, too. Keep them in one place";
  }
  if (config.get("replicaof") !== null) {
    return "replicaof: this server replicates nobody. Remove replicaof, and let Redis follow it";
  }
  if (config.get("cluster-enabled")) {
    return "cluster-enabled: cluster mode is not supported. Set cluster-enabled no";
  }
  if (config.get("tls-port") !== 0) {
    return "tls-port: TLS is not supported. Set tls-port 0, and put a TLS proxy in front";
  }
  if (supervisor !== null) {
    return (
      `supervised: ${supervisor} would wait in vain to be told that the server is ready. ` +
      "Set supervised no, and have it started as a plain process (Type=exec)"
    );
  }
  return null;
}

/** Redis' own words for a server that nobody can reach; null when somebody can. */
export function refusedListeners(config: Config): string | null {
  const isReachable = config.get("port") !== 0 || (config.get("unixsocket") ?? "") !== "";
  return isReachable ? null : "Configured to not listen anywhere, exiting.";
}

function supervisorOf(config: Config, environment: Environment): string | null {
  const wanted = config.get("supervised");
  if (wanted === "no") return null;
  if (wanted !== "auto") return wanted;
  if (environment["UPSTART_JOB"] !== undefined) return "upstart";
  return environment["NOTIFY_SOCKET"] === undefined ? null : "systemd";
}
