import { arrivalEvent, keyEvent } from "../../session/key-events.ts";

/** What happens to streams. Who waits for one looks at it when an entry comes, and when a group goes, which it may wait with. */
export const STREAM_EVENT = {
  xadd: arrivalEvent("stream", "xadd"),
  xdel: keyEvent("stream", "xdel"),
  xtrim: keyEvent("stream", "xtrim"),
  xsetid: keyEvent("stream", "xsetid"),
  groupCreate: keyEvent("stream", "xgroup-create"),
  groupSetId: keyEvent("stream", "xgroup-setid"),
  groupDestroy: arrivalEvent("stream", "xgroup-destroy"),
  consumerCreate: keyEvent("stream", "xgroup-createconsumer"),
  consumerDelete: keyEvent("stream", "xgroup-delconsumer"),
} as const;
