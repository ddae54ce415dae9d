/** The commands about commands, durations and memory. */
import { always } from "../call.ts";
import type { Family } from "../command.ts";
import { container, keyed, plain, SECOND } from "../declare.ts";
import { ok } from "../reply.ts";
import { anyText, count } from "../shapes.ts";
import * as command from "./command.ts";
import * as latency from "./latency.ts";
import * as memory from "./memory.ts";
import * as slowlog from "./slowlog.ts";

/** The commands about commands, durations and memory by name. */
export const introspectionCommands: Family = {
  command: {
    ...container({
      count: plain(2, always(count)),
      info: plain(-2, command.info),
      docs: plain(-2, command.docs),
      list: plain(-2, command.list),
      getkeys: plain(-4, command.getkeys),
      getkeysandflags: plain(-4, command.getkeysandflags),
    }),
    ...plain(-1, command.command),
  },
  slowlog: container({
    get: plain(-2, slowlog.get),
    len: plain(2, always(count)),
    reset: plain(2, always(ok)),
  }),
  latency: container({
    latest: plain(2, latency.latest),
    history: plain(3, latency.history),
    graph: plain(3, latency.graph),
    doctor: plain(2, always(anyText)),
    reset: plain(-2, always(count)),
    histogram: plain(-2, latency.histogram),
  }),
  memory: container({
    usage: keyed(-3, memory.usage, SECOND),
    stats: plain(2, memory.stats),
    doctor: plain(2, always(anyText)),
    "malloc-stats": plain(2, always(anyText)),
    purge: plain(2, always(ok)),
  }),
};
