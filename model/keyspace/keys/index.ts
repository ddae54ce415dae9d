/** The commands about keys, whatever they hold. */
import type { Family } from "../command.ts";
import { ALL, container, keyed, plain, SECOND, TWO, takingMemory } from "../declare.ts";
import { dump, restore } from "./dump.ts";
import * as expiry from "./expiry.ts";
import * as keys from "./keys.ts";
import * as object from "./object.ts";
import { scan } from "./scan.ts";

/** The commands about keys by name. */
export const keyCommands: Family = {
  del: keyed(-2, keys.del, ALL),
  unlink: keyed(-2, keys.del, ALL),
  exists: keyed(-2, keys.exists, ALL),
  touch: keyed(-2, keys.exists, ALL),
  type: keyed(2, keys.type),
  rename: keyed(3, keys.rename, TWO),
  renamenx: keyed(3, keys.renamenx, TWO),
  copy: takingMemory(keyed(-3, keys.copy, TWO)),
  move: keyed(3, keys.move),
  dump: keyed(2, dump),
  restore: takingMemory(keyed(-4, restore)),
  keys: plain(2, keys.keys),
  scan: plain(-2, scan),
  randomkey: plain(1, keys.randomkey),
  object: container({
    encoding: keyed(3, object.encoding, SECOND),
    refcount: keyed(3, object.refcount, SECOND),
    idletime: keyed(3, object.idletime, SECOND),
    freq: keyed(3, object.freq, SECOND),
  }),
  expire: keyed(-3, expiry.expire),
  pexpire: keyed(-3, expiry.pexpire),
  expireat: keyed(-3, expiry.expireat),
  pexpireat: keyed(-3, expiry.pexpireat),
  ttl: keyed(2, expiry.ttl),
  pttl: keyed(2, expiry.pttl),
  expiretime: keyed(2, expiry.expiretime),
  pexpiretime: keyed(2, expiry.pexpiretime),
  persist: keyed(2, expiry.persist),
};
