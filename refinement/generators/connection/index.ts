/** The commands about the connection itself, and names that are no command. */

import fc from "fast-check";
import {
  command,
  either,
  type Family,
  option,
  type PartArbitrary,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_INTEGER, SYNTAX } from "../replies.ts";
import type { Arg } from "../step.ts";
import { borderInteger, notInteger, PASSWORD, pick, unknownWord, value } from "../values.ts";
import { scenarios } from "./scenarios.ts";
import { trackingCommands, trackingScenarios } from "./tracking.ts";

const BAD_NAME = "-ERR Client names cannot contain spaces, newlines or special characters.";
const WRONG_PASSWORD = "-WRONGPASS invalid username-password pair or user is disabled.";

/** The id of one of the sequence's connections, whether it is open or not. */
const clientId: fc.Arbitrary<Arg> = fc.nat({ max: 2 }).map((client) => ({ client }));

/** No small number: it might be the id of the connection that inspects the server. */
const anyId: fc.Arbitrary<Arg> = pick<Arg>(
  [8, clientId],
  [2, fc.constantFrom("0", "-1", "999999999")],
  [1, borderInteger],
  [1, notInteger],
);

const clientName = pick(
  [6, fc.constantFrom("", "worker", "x", "a-b:c/1", "!~")],
  [3, fc.constantFrom("a b", "a\nb", "\x00", "\x7f", " ", "\xff")],
);

const password = pick([3, fc.constant(PASSWORD)], [2, fc.constantFrom("wrong", "", "\x00")]);
const user = pick([5, fc.constant("default")], [1, fc.constantFrom("nobody", "", "DEFAULT")]);

const protocol = pick(
  [10, fc.constantFrom("2", "3")],
  [2, fc.constantFrom("1", "4", "0", "-1", "9223372036854775807")],
  [2, notInteger],
);

const helloOptions = someOf(
  [
    option("AUTH", user, password),
    option("SETNAME", clientName),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("AUTH", "SETNAME")),
  ],
  2,
);

const killFilter: PartArbitrary = either(
  option("ID", anyId),
  option("ID", clientId),
  option("TYPE", fc.constantFrom("normal", "NORMAL", "master", "pubsub", "replica", "nothing", "")),
  option("USER", fc.constantFrom("default", "default", "nobody", "")),
  option("ADDR", fc.constantFrom("127.0.0.1:1", "nonsense", "")),
  option("LADDR", fc.constantFrom("127.0.0.1:1", "nonsense", "")),
  tagged("(unknown)", unknownWord, unknownWord),
);

/** Always beside a filter: alone it would end every connection, the inspecting one included. */
const skipMe: PartArbitrary = someOf(
  [option("SKIPME", fc.constantFrom("yes", "no", "NO", "perhaps"))],
  1,
);

const killArguments = either(
  sequence(option("ID", clientId), skipMe),
  sequence(option("USER", fc.constant("default")), skipMe),
  sequence(killFilter, skipMe),
  sequence(killFilter, killFilter, skipMe),
  tagged("(address)", fc.constantFrom("127.0.0.1:1", "nonsense", "")),
  tagged("(incomplete)", fc.constantFrom("ID", "TYPE", "SKIPME", "ADDR")),
);

const onOff = fc.constantFrom("on", "off", "ON", "OFF", "maybe", "");

/** The connection's commands of Redis 7.0. */
export const connection: Family = {
  scenarios: [...scenarios, ...trackingScenarios],
  commands: [
    ...trackingCommands,
    command("PING", either(words(), tagged("(message)", value)), {
      options: ["(message)"],
      replies: ["+PONG", "$", "$0", arity("ping")],
    }),
    command("ECHO", words(value), { replies: ["$", "$0", arity("echo")] }),
    ...["READONLY", "READWRITE", "ASKING"].map((name) =>
      command(name, words(), {
        weight: 1,
        arity: false,
        replies: ["-ERR This instance has cluster support disabled"],
      }),
    ),
    command("QUIT", words(), { weight: 2, arity: false, replies: ["+OK"] }),
    command("RESET", words(), { weight: 4, replies: ["+RESET", arity("reset")] }),
    command("HELLO", either(words(), sequence(words(protocol), helloOptions)), {
      weight: 12,
      options: ["AUTH", "SETNAME"],
      replies: [
        "*n",
        "%",
        "-NOPROTO unsupported protocol version",
        "-ERR Protocol version is not an integer or out of range",
        "-ERR Syntax error in HELLO option …",
        WRONG_PASSWORD,
        BAD_NAME,
        "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
      ],
    }),
    command("AUTH", either(words(password), words(user, password)), {
      weight: 8,
      replies: [
        "+OK",
        WRONG_PASSWORD,
        "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        SYNTAX,
        arity("auth"),
      ],
    }),
    command("CLIENT|ID", words(), { replies: [":n", arity("client|id")] }),
    command("CLIENT|GETNAME", words(), {
      weight: 25,
      replies: ["$", "nil", arity("client|getname")],
    }),
    command("CLIENT|SETNAME", words(clientName), {
      replies: ["+OK", BAD_NAME, arity("client|setname")],
    }),
    command("CLIENT|REPLY", words(pick([4, onOff], [3, fc.constantFrom("skip", "SKIP", "on")])), {
      weight: 8,
      replies: ["+OK", "(silence)", SYNTAX, arity("client|reply")],
    }),
    command("CLIENT|NO-EVICT", words(onOff), {
      weight: 4,
      replies: ["+OK", SYNTAX, arity("client|no-evict")],
    }),
    command("CLIENT|KILL", killArguments, {
      weight: 8,
      options: ["ID", "TYPE", "USER", "ADDR", "LADDR", "SKIPME"],
      replies: [
        ":0",
        ":1",
        "-ERR No such client",
        "-ERR Unknown client type …",
        "-ERR No such user …",
        "-ERR client-id should be greater than 0",
        SYNTAX,
        arity("client|kill"),
      ],
    }),
    command(
      "CLIENT|UNBLOCK",
      sequence(words(anyId), either(words(), words(fc.constantFrom("TIMEOUT", "ERROR", "x")))),
      {
        weight: 5,
        replies: [
          ":0",
          NOT_INTEGER,
          "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
          arity("client|unblock"),
        ],
      },
    ),
    command(
      "CLIENT|PAUSE",
      sequence(
        words(pick([3, fc.constantFrom("0", "1")], [2, fc.constantFrom("-1", "abc", "", "1.5")])),
        either(words(), words(fc.constantFrom("WRITE", "ALL", "x"))),
      ),
      {
        weight: 4,
        replies: [
          "+OK",
          "-ERR timeout is not an integer or out of range",
          "-ERR timeout is negative",
          "-ERR CLIENT PAUSE mode must be WRITE or ALL",
          arity("client|pause"),
        ],
      },
    ),
    command("CLIENT|UNPAUSE", words(), { weight: 3, replies: ["+OK", arity("client|unpause")] }),
    command("CLIENT", tagged("(unknown)", unknownWord), {
      weight: 4,
      replies: ["-ERR unknown subcommand …. Try CLIENT HELP.", arity("client")],
    }),
    command("CLIENT|INFO", words(), { weight: 3, replies: ["$", "=", arity("client|info")] }),
    command(
      "CLIENT|LIST",
      either(
        words(),
        option("TYPE", fc.constantFrom("normal", "pubsub", "replica", "nothing")),
        tagged("ID", fc.constant("ID"), fc.constantFrom("1", "999999999", "abc", "")),
        tagged("(unknown)", unknownWord, unknownWord),
      ),
      {
        weight: 4,
        options: ["TYPE", "ID"],
        replies: ["$", "=", SYNTAX, "-ERR Invalid client ID", "-ERR Unknown client type …"],
      },
    ),
  ],
};
