import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { REDIS_VERSION } from "../../session/version.ts";
import { integerArgument } from "../shared/numbers.ts";
import { automaton } from "./art-automaton.ts";
import { ridges } from "./art-ridges.ts";
import { tiles } from "./art-tiles.ts";

/** LOLWUT [VERSION version]: a picture from chance, and the version of Redis below it. */
export const LOLWUT: Command = {
  name: "lolwut",
  consultsNoData: true,
  arity: -1,
  flags: ["readonly", "fast"],
  acl: [],
  group: "server",
  since: "5.0.0",
  summary: "Shows a picture and the version of Redis",
  arguments: [{ name: "version", type: "integer", token: "VERSION", flags: ["optional"] }],
  handler: lolwut,
};

/** A size of a picture: what it is unless it is given, and at most. */
interface Size {
  readonly usual: number;
  readonly most: number;
}

/** A picture that belongs to a version of Redis: the sizes that may be given, in their order. */
interface Picture {
  readonly sizes: readonly Size[];
  readonly title: string;
  readonly draw: (seed: number, sizes: readonly number[]) => string;
}

const PLAIN: Picture = { sizes: [], title: "", draw: automaton };

/** The sizes mean what they do in Redis, whose pictures are others. */
const PICTURES: Readonly<Record<number, Picture>> = {
  5: {
    sizes: [
      { usual: 66, most: 1000 },
      { usual: 8, most: 200 },
      { usual: 12, most: 200 },
    ],
    title: "Truchet's tiles, turned by chance. ",
    draw: (seed, [columns, across, down]) => tiles(seed, columns!, across!, down!),
  },
  6: {
    sizes: [
      { usual: 80, most: 1000 },
      { usual: 20, most: 1000 },
    ],
    title: "Ridges at dusk, in four greys. ",
    draw: (seed, [columns, rows]) => ridges(seed, columns!, rows!),
  },
};

function lolwut(call: Call): void {
  const { instance, request, reply } = call;
  const isNamed = request.argc >= 3 && request.is(1, "version");
  const version = isNamed ? integerArgument(call, 2) : 0;
  if (version === null) return;
  // Redis keeps 32 bits of the number.
  const { sizes, title, draw } = PICTURES[Number(BigInt.asUintN(32, BigInt(version)))] ?? PLAIN;
  const chosen: number[] = [];
  for (const [i, { usual, most }] of sizes.entries()) {
    const at = 3 + i;
    const given = at < request.argc ? integerArgument(call, at) : usual;
    if (given === null) return;
    chosen.push(Math.min(most, Math.max(1, Number(given))));
  }
  const picture = draw(instance.random.nextU32(), chosen);
  const text = `${picture}\n${title}Redis ver. ${REDIS_VERSION}\n`;
  // The writer takes a character for each byte.
  reply.verbatim("txt", Buffer.from(text, "utf8").toString("latin1"));
}
