/** Bugs in who may do what. */
import { oracle, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const UNIT = unit("impl/commands/acl/acl.test.ts");
const USERS = unit("impl/access/users.test.ts");
const REFINE = refine(4000, 1, "acl,strings,transactions,pubsub,connection");

/** The mutants of users, rules and their enforcement. */
export const accessMutants: readonly Mutant[] = [
  {
    name: "category-leaves-out-subcommands",
    room: "session",
    find: "for (const one of [command, ...command.subcommands]) {\n        if ((one.categories & category) === 0) continue;\n        this.set(one, isAllowed);",
    replace:
      "for (const one of [command]) {\n        if ((one.categories & category) === 0) continue;\n        this.set(one, isAllowed);",
    breaks: "+@admin does not allow CONFIG GET, and -@admin leaves it allowed",
    checks: [USERS, REFINE],
  },
  {
    name: "subcommand-allowed-with-its-parent",
    room: "session",
    find: "    const command = catalog.byName(name);\n    if (command === null)",
    replace: '    const command = catalog.byName(name.split("|")[0]!);\n    if (command === null)',
    breaks: "a subcommand that is allowed brings its parent and all others of it",
    checks: [UNIT],
  },
  {
    name: "exec-does-not-ask-again",
    room: "session",
    find: '    const denial = refusePermission(instance, session, record, request, "multi");\n    if (denial !== null) reply.error(lateError(denial));\n    else if (',
    replace:
      '    const denial = refusePermission(instance, session, record, request, "multi");\n    if (denial !== null && record.isAdmin) reply.error(lateError(denial));\n    else if (',
    breaks: "EXEC runs what is not allowed any more",
    checks: [UNIT, REFINE],
  },
  {
    name: "selectors-joined",
    room: "session",
    find: "if (!allowsCommand(selector, wanted)) return NOT_THE_COMMAND;",
    replace:
      "if (!allowsCommand(selector, wanted) && selector.allowed.future) return NOT_THE_COMMAND;",
    breaks: "a selector without the command allows it by its keys",
    checks: [UNIT],
  },
  {
    name: "read-taken-for-write",
    room: "session",
    find: 'if (flag === "access") uses |= KEY_USE.read;',
    replace: 'if (flag === "access") uses |= KEY_USE.write;',
    breaks: "who may only write a key may read it",
    checks: [UNIT],
  },
  {
    name: "any-use-of-a-key-is-enough",
    room: "session",
    find: "if ((pattern.uses & needed) !== needed) continue;",
    replace: "if (needed !== 0 && (pattern.uses & needed) === 0) continue;",
    breaks: "SET with GET reads a key that may only be written",
    checks: [UNIT],
  },
  {
    name: "star-allows-the-key-without-a-name",
    room: "session",
    find: "    const { length } = pattern.bytes;\n    if (matchGlob(pattern.bytes, 0, length, bytes",
    replace:
      '    const { length } = pattern.bytes;\n    if (pattern.text === "*") return true;\n    if (matchGlob(pattern.bytes, 0, length, bytes',
    breaks: "who may read keys by %R~* reads the one whose name is empty",
    checks: [UNIT],
  },
  {
    name: "channel-pattern-taken-for-a-channel",
    room: "session",
    find: "      ? pattern.text === request.cText(i)\n",
    replace: "      ? request.cText(i).startsWith(pattern.text.replace(/\\*$/, ''))\n",
    breaks: "PSUBSCRIBE with another pattern than the one that is allowed",
    checks: [UNIT, REFINE],
  },
  {
    name: "new-channels-are-prefixes",
    room: "session",
    find: "          ? pattern.text === name\n          : matchGlob(pattern.bytes, 0, pattern.bytes.length, bytes, 0, bytes.length),",
    replace:
      "          ? pattern.text === name\n          : name.startsWith(pattern.text.replace(/\\*$/, '')),",
    breaks: "a listener stays that may not listen to its channel any more",
    checks: [UNIT],
  },
  {
    name: "removed-user-is-served",
    room: "session",
    find: "    closeSessionsOf(call, user);\n    deleted++;",
    replace: "    deleted++;",
    breaks: "the client of a removed user goes on",
    checks: [UNIT],
  },
  {
    name: "listeners-stay",
    room: "session",
    find: "    if (!mayHear(session, next)) call.instance.clients.close(session, call.session);",
    replace: "    if (!mayHear(session, user)) call.instance.clients.close(session, call.session);",
    breaks: "who may not listen any more goes on",
    checks: [UNIT],
  },
  {
    name: "scripts-run-anything",
    room: "scripting",
    find: '  const denial = refusePermission(instance, script.client, record, request, "lua");\n  if (denial !== null) return',
    replace:
      '  const denial = refusePermission(instance, script.client, record, request, "lua");\n  if (denial?.reason === "channel") return',
    breaks: "a script runs what its user may not",
    checks: [UNIT],
  },
  {
    name: "check-cmd-is-always-true",
    room: "scripting",
    find: "denialFor(this.client.user, record, request) === null;",
    replace: "denialFor(this.session.user, record, request) !== undefined;",
    breaks: "redis.acl_check_cmd allows everything",
    checks: [UNIT],
  },
  {
    name: "who-waits-is-served-anyway",
    room: "session",
    find: "  if (denial !== null) session.reply.error(permissionError(denial, record));\n  else run(",
    replace:
      '  if (denial?.reason === "channel") session.reply.error(permissionError(denial, record));\n  else run(',
    breaks: "a command that waits runs when its user may not run it any more",
    checks: [UNIT],
  },
  {
    name: "sort-reads-any-key",
    room: "commands",
    find: 'allKeys || keys.some(({ text, uses }) => text === "*" && (uses & KEY_USE.read) !== 0);',
    replace: "allKeys || keys.some(({ uses }) => (uses & KEY_USE.read) !== 0);",
    breaks: "SORT's GET shows keys that may not be read",
    checks: [UNIT],
  },
  {
    name: "georadius-stores-behind-the-rules",
    room: "commands",
    find: "return untoldKeys === undefined ? told : [...told, ...untoldKeys(request)];",
    replace: "return untoldKeys === undefined ? [...told] : told;",
    breaks: "GEORADIUS with two STORE options writes a key that may not be written",
    checks: [UNIT],
  },
  {
    name: "rules-applied-up-to-the-wrong-one",
    room: "session",
    find: "const next = user?.copy() ?? new User(name, this.#host.allowsNewChannels());",
    replace: "const next = user ?? new User(name, this.#host.allowsNewChannels());",
    breaks: "ACL SETUSER with a wrong rule changes the user",
    checks: [USERS],
  },
  {
    name: "disabled-user-logs-in",
    room: "session",
    find: "    if (!this.isOn) return false;\n    if (this.noPassword) return true;",
    replace: "    if (this.noPassword) return true;",
    breaks: "a user who is off logs in",
    checks: [USERS],
  },
  {
    name: "any-hash-of-the-length-will-do",
    room: "session",
    find: "    difference |= one.charCodeAt(i) ^ other.charCodeAt(i % other.length);\n  }\n  return difference === 0;",
    replace:
      "    difference |= (one.charCodeAt(i) ^ other.charCodeAt(i % other.length)) >> 8;\n  }\n  return difference === 0;",
    breaks: "every password is right",
    checks: [USERS],
  },
  {
    name: "unrestricted-by-its-commands",
    room: "session",
    find: "return this.allCommands && this.allKeys && this.allChannels;",
    replace: "return this.allCommands && this.allChannels;",
    breaks: "a user with every command and channel may use every key",
    checks: [UNIT, REFINE],
  },
  {
    name: "model-joins-commands-of-selectors",
    room: "model",
    find: '  if (!allowsCommand(selector, name, args)) return { reason: "command", position: 0 };\n',
    replace: "",
    breaks: "the model's selectors allow every command",
    checks: [oracle(3000, 1, "acl")],
  },
];
