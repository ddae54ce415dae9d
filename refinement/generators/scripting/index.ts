/** The commands of scripts and functions. */

import fc from "fast-check";
import {
  BROKEN,
  CALL_ALL,
  type ListScript,
  TRY_ALL,
} from "../../../model/keyspace/scripting/list-scripts.ts";
import {
  command,
  either,
  type Family,
  type PartArbitrary,
  type Scenario,
  sequence,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_INTEGER } from "../replies.ts";
import { call, step } from "../step.ts";
import { called, functionCommands, loading } from "./functions.ts";
import { flushMode, runs } from "./lists.ts";

const NO_SCRIPT = "-NOSCRIPT No matching script. Please use EVAL.";
const TOO_MANY_KEYS = "-ERR Number of keys can't be greater than number of args";
const NEGATIVE_KEYS = "-ERR Number of keys can't be negative";

const body = (script: ListScript) => script.text;
const sha = (script: ListScript) => script.sha;

/** What a command that runs a script takes: how it names the script, the keys, the list. */
function run(
  name: (script: ListScript) => string,
  ...odd: ReadonlyArray<PartArbitrary>
): PartArbitrary {
  const script = either(
    tagged("redis.call", name(CALL_ALL)),
    tagged("redis.call", name(CALL_ALL)),
    tagged("redis.pcall", name(TRY_ALL)),
    tagged("redis.pcall", name(TRY_ALL)),
    ...odd,
  );
  return sequence(script, runs);
}

const broken = tagged("(broken)", BROKEN);
const strange = either(
  tagged("(unknown)", fc.constantFrom("f".repeat(40), "", "x", "f".repeat(41))),
  tagged("(upper case)", CALL_ALL.sha.toUpperCase()),
);
const shas = fc.constantFrom(
  CALL_ALL.sha,
  TRY_ALL.sha,
  TRY_ALL.sha.toUpperCase(),
  "x",
  "0".repeat(40),
);

const OPTIONS = ["redis.call", "redis.pcall", "keys"];
const COMPILE =
  "-ERR Error compiling script (new function): user_script:1: unexpected symbol near 'return'";

const evalsha = command("EVALSHA", run(sha, strange), {
  weight: 20,
  options: OPTIONS,
  replies: ["*n", NO_SCRIPT, NOT_INTEGER, TOO_MANY_KEYS, arity("evalsha")],
});
const evalshaReadOnly = command("EVALSHA_RO", run(sha, strange), {
  weight: 10,
  options: OPTIONS,
  replies: ["*n", NO_SCRIPT, NOT_INTEGER, TOO_MANY_KEYS, arity("evalsha_ro")],
});

/** Scripts that have been loaded are run by their names, by whoever is connected. */
const loaded: Scenario = {
  command: "EVALSHA",
  weight: 30,
  steps: (cast) =>
    fc
      .tuple(
        cast.actor,
        fc.array(fc.tuple(cast.actor, fc.oneof(evalsha.arbitrary, evalshaReadOnly.arbitrary)), {
          minLength: 2,
          maxLength: 5,
        }),
      )
      .map(([actor, runs]) => [
        step(actor, call("SCRIPT|LOAD", CALL_ALL.text)),
        step(actor, call("SCRIPT|LOAD", TRY_ALL.text)),
        ...runs.map(([other, run]) => step(other, run)),
      ]),
};

/** What there is of scripts and functions. */
export const scripting: Family = {
  onData: true,
  scenarios: [loaded, called],
  makes: loading,
  commands: [
    command("EVAL", run(body, broken), {
      weight: 40,
      options: OPTIONS,
      replies: ["*n", "*0", NOT_INTEGER, TOO_MANY_KEYS, NEGATIVE_KEYS, COMPILE, arity("eval")],
    }),
    command("EVAL_RO", run(body, broken), {
      weight: 10,
      options: OPTIONS,
      replies: ["*n", NOT_INTEGER, TOO_MANY_KEYS, arity("eval_ro")],
    }),
    evalsha,
    evalshaReadOnly,
    ...functionCommands,
    command(
      "SCRIPT|LOAD",
      either(tagged("redis.call", body(CALL_ALL)), tagged("redis.pcall", body(TRY_ALL)), broken),
      { weight: 8, replies: ["$", COMPILE, arity("script|load")] },
    ),
    command("SCRIPT|EXISTS", either(words(shas), words(shas, shas)), {
      weight: 8,
      replies: ["*n", arity("script|exists")],
    }),
    command("SCRIPT|FLUSH", flushMode, {
      weight: 3,
      options: ["SYNC", "ASYNC"],
      replies: ["+OK", "-ERR SCRIPT FLUSH only support SYNC|ASYNC option"],
    }),
    command("SCRIPT|KILL", words(), {
      weight: 2,
      replies: ["-NOTBUSY No scripts in execution right now.", arity("script|kill")],
    }),
  ],
};
