import { keyEvent } from "../../session/key-events.ts";

/** What happens to HyperLogLogs. */
export const HYPERLOGLOG_EVENT = {
  pfadd: keyEvent("string", "pfadd"),
  /** PFCOUNT has kept an estimate: those who watch the key learn of it, and nobody is notified. */
  estimated: keyEvent("unnotified", "pfcount"),
} as const;
