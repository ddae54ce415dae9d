import { assert, CHECKED } from "../../assert.ts";
import { authenticate, WRONG_PASSWORD } from "../../session/authentication.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import { REDIS_VERSION } from "../../session/version.ts";
import { integerArgument } from "../shared/numbers.ts";
import { setClientName } from "./client-name.ts";
import { FLAGS } from "./facts.ts";

/** AUTH: password alone, or user and password. */
export const AUTH: Command = {
  name: "auth",
  arity: -2,
  flags: FLAGS,
  acl: ["connection"],
  group: "connection",
  consultsNoData: true,
  since: "1.0.0",
  complexity: "O(N) in the number of passwords of the user",
  summary: "Authenticates the connection",
  history: [["6.0.0", "A user name may precede the password."]],
  arguments: [
    { name: "username", type: "string", since: "6.0.0", flags: ["optional"] },
    { name: "password", type: "string" },
  ],
  handler: auth,
};

function auth(call: Call): void {
  const { request, reply } = call;
  if (request.argc > 3) {
    reply.error(ERR.syntax);
    return;
  }
  call.redact(1);
  if (request.argc === 3) call.redact(2);
  if (request.argc === 2 && call.instance.users.default.noPassword) {
    reply.error(
      "ERR AUTH <password> called without any password configured for the default user. " +
        "Are you sure your configuration is correct?",
    );
    return;
  }
  const user = request.argc === 2 ? "default" : request.text(1);
  if (authenticate(call, user, request.text(request.argc - 1))) reply.ok();
  else reply.error(WRONG_PASSWORD);
}

/**
 * HELLO: chooses the protocol, and may authenticate and name the connection on the way.
 *
 * Options take effect one by one: a wrong one leaves those before it in force, as in Redis.
 */
export const HELLO: Command = {
  name: "hello",
  arity: -1,
  flags: FLAGS,
  acl: ["connection"],
  group: "connection",
  consultsNoData: true,
  since: "6.0.0",
  complexity: "O(1)",
  summary: "Greets the server and chooses the protocol version",
  history: [["6.2.0", "Without a version it only reports the connection's state."]],
  arguments: [
    {
      name: "arguments",
      type: "block",
      flags: ["optional"],
      arguments: [
        { name: "protover", type: "integer" },
        {
          name: "username_password",
          type: "block",
          token: "AUTH",
          flags: ["optional"],
          arguments: [
            { name: "username", type: "string" },
            { name: "password", type: "string" },
          ],
        },
        { name: "clientname", type: "string", token: "SETNAME", flags: ["optional"] },
      ],
    },
  ],
  handler: hello,
};

function hello(call: Call): void {
  const { request, reply, session } = call;
  let protocol: 2 | 3 | null = null;
  if (request.argc > 1) {
    const notInteger = "ERR Protocol version is not an integer or out of range";
    const version = integerArgument(call, 1, notInteger);
    if (version === null) return;
    if (version !== 2 && version !== 3) {
      reply.error("NOPROTO unsupported protocol version");
      return;
    }
    protocol = version;
  }
  if (!applyHelloOptions(call)) return;
  if (!session.authenticated) {
    reply.error(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO " +
        "AUTH <user> <pass> option can be used to authenticate the client and select the RESP " +
        "protocol version at the same time",
    );
    return;
  }
  if (protocol !== null) reply.protocol = protocol;
  replyGreeting(call);
}

/** False when an option is wrong: its error is then the reply. */
function applyHelloOptions(call: Call): boolean {
  const { request, reply } = call;
  for (let i = 2; i < request.argc; i++) {
    const more = request.argc - 1 - i;
    if (request.is(i, "auth") && more >= 2) {
      call.redact(i + 1);
      call.redact(i + 2);
      if (!authenticate(call, request.text(i + 1), request.text(i + 2))) {
        reply.error(WRONG_PASSWORD);
        return false;
      }
      i += 2;
    } else if (request.is(i, "setname") && more >= 1) {
      if (!setClientName(call, i + 1)) return false;
      i += 1;
    } else {
      reply.error(`ERR Syntax error in HELLO option '${request.cText(i)}'`);
      return false;
    }
  }
  return true;
}

function replyGreeting(call: Call): void {
  const { reply, session } = call;
  if (CHECKED) assert(session.authenticated, "only those who may are told of the server");
  reply.map(7);
  reply.bulkText("server");
  reply.bulkText("redis");
  reply.bulkText("version");
  reply.bulkText(REDIS_VERSION);
  reply.bulkText("proto");
  reply.integer(reply.protocol);
  reply.bulkText("id");
  reply.integer(session.id);
  reply.bulkText("mode");
  reply.bulkText("standalone");
  reply.bulkText("role");
  reply.bulkText("master");
  reply.bulkText("modules");
  reply.array(0);
}
