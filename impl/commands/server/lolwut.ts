import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { REDIS_VERSION } from "../../session/version.ts";
import { integerArgument } from "../shared/numbers.ts";

const ART_COLUMNS = 64;
const ART_ROWS = 16;
/** One cell in eight is alive at the start: this share of the 32-bit range. */
const ART_DENSITY = 2 ** 29;

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

function lolwut(call: Call): void {
  const { request, reply } = call;
  const named = request.argc >= 3 && request.is(1, "version");
  if (named && integerArgument(call, 2) === null) return;
  reply.verbatim("txt", `${automaton(call)}\nRedis ver. ${REDIS_VERSION}\n`);
}

/** A cellular automaton by rule 30, which nobody can predict without running it. */
function automaton(call: Call): string {
  let cells = Array.from(
    { length: ART_COLUMNS },
    () => call.instance.random.nextU32() < ART_DENSITY,
  );
  const lines: string[] = [];
  for (let row = 0; row < ART_ROWS; row++) {
    lines.push(cells.map((alive) => (alive ? "#" : " ")).join(""));
    const present = cells;
    cells = present.map((alive, i) => {
      const left = present.at(i - 1) ?? false;
      const right = present[(i + 1) % ART_COLUMNS] ?? false;
      return left !== (alive || right);
    });
  }
  return `${lines.join("\n")}\n`;
}
