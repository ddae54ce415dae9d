import { scoreOf, scoreText } from "../../geometry/cells.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { flag, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { type Additions, addScored, Flag, roomForScores } from "../zsets/scored.ts";
import { doubleArgument, placeArguments } from "./arguments.ts";
import { double, GEO, member } from "./facts.ts";

/** Longitude, latitude and name. */
const PER_MEMBER = 3;

/** GEOADD: members at places, which are the scores of a sorted set. */
export const GEOADD: Command = {
  ...GEO,
  name: "geoadd",
  arity: -5,
  flags: ["write", "denyoom"],
  keySpecs: oneKey("RW", "update"),
  since: "3.2.0",
  complexity: "O(log(N)) for each member, in the members of the sorted set",
  summary: "Adds members at places to a sorted set, which it makes if there is none, or moves them",
  history: [["6.2.0", "`CH`, `NX` and `XX` are new."]],
  arguments: [
    KEY,
    since("6.2.0", optional(oneOf("condition", flag("nx"), flag("xx")))),
    since("6.2.0", optional(flag("change", "CH"))),
    {
      name: "longitude_latitude_member",
      type: "block",
      flags: ["multiple"],
      arguments: [double("longitude"), double("latitude"), member("member")],
    },
  ],
  handler: geoadd,
};

function geoadd(call: Call): void {
  const { request, reply } = call;
  let flags = 0;
  let first = 2;
  for (let bit = flagAt(call, first); bit !== 0; bit = flagAt(call, first)) {
    flags |= bit;
    first++;
  }
  const members = (request.argc - first) / PER_MEMBER;
  const both = Flag.nx | Flag.xx;
  if (members === 0 || !Number.isInteger(members) || (flags & both) === both) {
    reply.error(ERR.syntax);
    return;
  }
  const scores = roomForScores(members);
  for (let i = 0; i < members; i++) {
    const place = placeArguments(call, first + i * PER_MEMBER);
    if (place === null) return;
    scores[i] = scoreOf(...place);
  }
  addScored(call, { flags, first, perMember: PER_MEMBER, members, tell });
}

function flagAt({ request }: Call, i: number): number {
  if (i >= request.argc) return 0;
  if (request.is(i, "nx")) return Flag.nx;
  if (request.is(i, "xx")) return Flag.xx;
  return request.is(i, "ch") ? Flag.ch : 0;
}

/** Propagates what was added as ZADD does. */
function tell(call: Call, { first, perMember }: Additions, members: number): void {
  if (!call.effects.enabled) return;
  const { request } = call;
  const effects = call.rewrite(first + members * 2);
  effects.word("zadd");
  for (let i = 1; i < first; i++) effects.argument(request, i);
  for (let i = first; i < first + members * perMember; i += perMember) {
    effects.word(scoreText(doubleArgument(call, i)!, doubleArgument(call, i + 1)!));
    effects.argument(request, i + 2);
  }
}
