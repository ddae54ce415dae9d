/** The commands about users. */
import type { Family } from "../command.ts";
import { container, plain } from "../declare.ts";
import * as acl from "./acl.ts";

/** The commands about users by name. */
export const aclCommands: Family = {
  acl: container({
    cat: plain(-2, acl.cat),
    deluser: plain(-3, acl.deluser),
    dryrun: plain(-4, acl.dryrun),
    genpass: plain(-2, acl.genpass),
    getuser: plain(3, acl.getuser),
    list: plain(2, acl.list),
    load: plain(2, acl.withoutFile),
    log: plain(-2, acl.log),
    save: plain(2, acl.withoutFile),
    setuser: plain(-3, acl.setuser),
    users: plain(2, acl.users),
    whoami: plain(2, acl.whoami),
  }),
};
