/**
 * How the cores of a server are put together, once for all who run one: the process in
 * `node-server.ts`, the simulator, the checks against the model, the unit tests.
 */
import { commands as allCommands } from "../commands/index.ts";
import type { Config } from "../config/config.ts";
import type { LogFailure } from "../log/failure.ts";
import type { Buggify } from "../ports/buggify.ts";
import type { Clock } from "../ports/clock.ts";
import type { Disk } from "../ports/disk.ts";
import type { LuaCode } from "../ports/lua-code.ts";
import type { OperatorLog } from "../ports/operator-log.ts";
import type { PeerLinks } from "../ports/peer-links.ts";
import type { Random } from "../ports/random.ts";
import type { ServerControl } from "../ports/server-control.ts";
import type { ServerFacts } from "../ports/server-facts.ts";
import { NO_TRACE, type Trace } from "../ports/trace.ts";
import type { Command } from "../session/command.ts";
import { createInstance } from "../session/executor.ts";
import type { Instance } from "../session/instance.ts";
import { followLimits, verifyLimits } from "./limits.ts";
import { PersistenceCore } from "./persistence-core.ts";
import { ServerCore } from "./server-core.ts";

/** What a server needs from outside. */
export interface ServerPorts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly operatorLog: OperatorLog;
  /** Told of the steps of the specifications that the server takes; without it, nobody is. */
  readonly trace?: Trace;
  /** What INFO shows of the process; without it, nothing is known. */
  readonly facts?: ServerFacts;
  /** Ends, delays and logs for commands; without it, nothing happens. */
  readonly control?: ServerControl;
  /** Makes rare things frequent; without it, they stay rare. */
  readonly buggify?: Buggify;
  /** The machine that runs scripts; without it, nothing can. */
  readonly lua?: LuaCode;
  /** Connections to other servers; without it, there are none. */
  readonly peerLinks?: PeerLinks;
  /** The commands that clients may run; all that there are unless given. */
  readonly commands?: readonly Command[];
  /** Bytes that the log keeps free for a full disk; 4 MB unless given. */
  readonly ballastBytes?: number;
  /** False when nobody has said where data are: without a log nothing is looked for. */
  readonly hasDirectory?: boolean;
  /** The log cannot be read, or can no longer be trusted: the server has to end. */
  readonly onFatal: (failure: LogFailure) => void;
  /** Asks for `core.flush()` at the end of the loop turn. */
  readonly wake: () => void;
}

/** The cores of a server. */
export interface Assembly {
  readonly instance: Instance;
  readonly core: ServerCore;
  readonly persistence: PersistenceCore;
  /** Throws when a rule of one of the cores is broken, or one that ties them together. */
  verifyInvariants(): void;
}

/**
 * Puts a server together. With `appendonly yes` its data set is still to be loaded, by
 * `persistence.load` until that says true; clients get LOADING meanwhile.
 *
 * Nothing is read from the disk yet, and nobody is called back.
 */
export function assemble(ports: ServerPorts): Assembly {
  const { config, clock, random, disk, operatorLog, onFatal } = ports;
  const { facts, control, buggify, peerLinks, ballastBytes, hasDirectory, lua } = ports;
  const { trace = NO_TRACE, commands = allCommands } = ports;
  const persistence = new PersistenceCore({
    ...{ config, disk, clock, trace, operatorLog, onFatal },
    ...(ballastBytes === undefined ? {} : { ballastBytes }),
    ...(hasDirectory === undefined ? {} : { hasDirectory }),
  });
  const instancePorts = {
    ...{ clock, random, journal: persistence, persistence },
    ...(facts === undefined ? {} : { facts }),
    ...(control === undefined ? {} : { control }),
    ...(buggify === undefined ? {} : { buggify }),
    ...(lua === undefined ? {} : { lua }),
    ...(peerLinks === undefined ? {} : { peerLinks }),
  };
  const instance = createInstance(instancePorts, commands, config);
  const { limits, parserLimits } = followLimits(config);
  const core = new ServerCore(instance, limits, parserLimits, operatorLog, ports.wake);
  persistence.begin(instance, core);
  const verifyInvariants = (): void => {
    core.verifyInvariants();
    persistence.verifyInvariants();
    verifyLimits(config, core);
  };
  return { instance, core, persistence, verifyInvariants };
}
