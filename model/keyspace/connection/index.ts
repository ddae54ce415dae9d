/** The commands about the connection itself. */
import type { Family } from "../command.ts";
import { container, immediate, plain } from "../declare.ts";
import * as client from "./client.ts";
import * as connection from "./connection.ts";
import * as tracking from "./tracking.ts";

/** The commands about the connection by name. */
export const connectionCommands: Family = {
  ping: { ...plain(-1, connection.ping), isForSubscribers: true },
  echo: plain(2, connection.echo),
  hello: { ...plain(-1, connection.hello), isOpen: true },
  auth: { ...plain(-2, connection.auth), isOpen: true },
  quit: { ...immediate(-1, connection.quit), isOpen: true, isForSubscribers: true },
  reset: { ...immediate(1, connection.reset), isOpen: true, isForSubscribers: true },
  readonly: plain(1, connection.onlyInCluster),
  readwrite: plain(1, connection.onlyInCluster),
  asking: plain(1, connection.onlyInCluster),
  client: container({
    id: plain(2, client.id),
    info: plain(2, client.info),
    list: plain(-2, client.list),
    kill: plain(-3, client.kill),
    setname: plain(3, client.setname),
    getname: plain(2, client.getname),
    reply: { ...plain(3, client.reply), unqueueable: client.replyInsideMulti },
    "no-evict": plain(3, client.noEvict),
    pause: plain(-3, client.pause),
    unpause: plain(2, client.unpause),
    unblock: plain(-3, client.unblock),
    tracking: plain(-3, tracking.tracking),
    caching: plain(3, tracking.caching),
    getredir: plain(2, tracking.getredir),
    trackinginfo: plain(2, tracking.trackinginfo),
  }),
};
