/** The stream commands. */
import type { Family } from "../command.ts";
import { container, keyed, plain, SECOND, takingMemory } from "../declare.ts";
import * as groups from "./groups.ts";
import * as info from "./info.ts";
import { xread, xreadgroup } from "./reading.ts";
import * as streams from "./streams.ts";

/** The stream commands by name. */
export const streamCommands: Family = {
  xadd: takingMemory(keyed(-5, streams.xadd)),
  xlen: keyed(2, streams.xlen),
  xrange: keyed(-4, streams.xrange),
  xrevrange: keyed(-4, streams.xrevrange),
  xdel: keyed(-3, streams.xdel),
  xtrim: keyed(-4, streams.xtrim),
  xsetid: takingMemory(keyed(-3, streams.xsetid)),
  xread: plain(-4, xread),
  xreadgroup: plain(-7, xreadgroup),
  xack: keyed(-4, groups.xack),
  xpending: keyed(-3, groups.xpending),
  xclaim: keyed(-6, groups.xclaim),
  xautoclaim: keyed(-6, groups.xautoclaim),
  xgroup: container({
    create: takingMemory(keyed(-5, groups.create, SECOND)),
    setid: keyed(-5, groups.setid, SECOND),
    destroy: keyed(4, groups.destroy, SECOND),
    createconsumer: takingMemory(keyed(5, groups.createconsumer, SECOND)),
    delconsumer: keyed(5, groups.delconsumer, SECOND),
  }),
  xinfo: container({
    stream: keyed(-3, info.stream, SECOND),
    groups: keyed(3, info.groups, SECOND),
    consumers: keyed(4, info.consumers, SECOND),
  }),
};
