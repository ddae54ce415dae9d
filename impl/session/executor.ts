import type { Config } from "../config/config.ts";
import { NO_LUA } from "../ports/lua-code.ts";
import type { Request } from "../resp/request.ts";
import type { Command } from "./command.ts";
import type { CommandRecord } from "./command-table.ts";
import { dispatch, takeUp } from "./dispatch.ts";
import { Frames } from "./frames.ts";
import { type CommandExecutor, Instance, type InstancePorts } from "./instance.ts";
import { run } from "./run.ts";
import { Scripts } from "./scripts.ts";
import { serve } from "./serve.ts";
import type { Session } from "./session.ts";

/** Executes requests and single commands on an instance, each in a frame of its own. */
export class Executor implements CommandExecutor {
  readonly frames: Frames;
  readonly #instance: Instance;
  #busy: Session | null = null;

  constructor(instance: Instance) {
    this.#instance = instance;
    this.frames = new Frames(instance);
  }

  get depth(): number {
    return this.frames.depth;
  }

  get client(): Session | null {
    return this.frames.client;
  }

  get caller(): Session | null {
    return this.frames.client === null ? null : this.frames.top!.session;
  }

  get isWriting(): boolean {
    return this.frames.top?.record.isWrite ?? false;
  }

  dispatch(session: Session, request: Request): void {
    dispatch(this.#instance, this.frames, session, request);
    if (session.isBusy) this.#busy = session;
  }

  get busy(): Session | null {
    return this.#busy;
  }

  takeUp(): boolean {
    const isDone = takeUp(this.#instance, this.frames, this.#busy!);
    if (isDone) this.#busy = null;
    return isDone;
  }

  run(
    session: Session,
    record: CommandRecord,
    request: Request,
    origin: "exec" | "script",
  ): boolean {
    const { depth } = this.frames;
    run(this.#instance, this.frames, session, record, request, origin);
    return this.frames.depth === depth;
  }

  serve(session: Session, key: string): boolean {
    return serve(this.#instance, this.frames, session, key);
  }
}

/** An instance that executes `commands`. */
export function createInstance(
  ports: InstancePorts,
  commands: readonly Command[],
  config?: Config,
): Instance {
  const instance = new Instance(ports, commands, config);
  instance.executor = new Executor(instance);
  instance.scripts = new Scripts(instance, ports.lua ?? NO_LUA);
  return instance;
}
