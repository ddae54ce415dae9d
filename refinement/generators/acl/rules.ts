/** Rules of users: few enough names that they meet the commands, keys and channels that are drawn. */

import fc from "fast-check";
import { PASSWORD, pick } from "../values.ts";

const CATEGORIES =
  "keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin " +
  "fast slow blocking dangerous connection transaction scripting";

const HASH = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

const sign = fc.constantFrom("+", "-");

const commandRule: fc.Arbitrary<string> = pick(
  [
    12,
    fc
      .tuple(
        sign,
        fc.constantFrom(
          ..."get set mset del multi exec eval sort subscribe publish acl client config".split(" "),
          ...["config|get", "client|id", "acl|whoami", "cluster", "cluster|info", "bgsave", "GET"],
        ),
      )
      .map((parts) => parts.join("")),
  ],
  [3, fc.constantFrom("+select|0", "+SELECT|1", "+select|0", "+get|a", "+debug|sleep", "+get|")],
  [
    2,
    fc.constantFrom(
      "+nosuch",
      "-nosuch",
      "+config|nosuch",
      "+config|get|x",
      "-get|a",
      "+",
      "-",
      "+|",
    ),
  ],
);

const categoryRule: fc.Arbitrary<string> = fc
  .tuple(sign, fc.constantFrom(...CATEGORIES.split(" "), "ALL", "all", "all", "READ", "nosuch", ""))
  .map(([mark, name]) => `${mark}@${name}`);

const keyRule: fc.Arbitrary<string> = pick(
  [6, fc.constantFrom("~*", "~a", "~b*", "~[a-c]", "~user:*", "%R~a", "%W~a", "%RW~b", "%w~*")],
  [3, fc.constantFrom("allkeys", "resetkeys", "%R~*", "%rw~c", "%R~b*", "%W~b*", "%R", "~")],
  [1, fc.constantFrom("%RR~a", "%X~a", "~a b", "%R~a\x00", "%Ra")],
);

const channelRule: fc.Arbitrary<string> = pick(
  [6, fc.constantFrom("&*", "&news*", "&chat", "&news:?", "&*", "allchannels", "resetchannels")],
  [1, fc.constantFrom("&", "&a b", "&\x00")],
);

/** What decides who may log in. */
export const loginRule: fc.Arbitrary<string> = pick(
  [4, fc.constantFrom("on", "on", "nopass", `>${PASSWORD}`, `>${PASSWORD}`)],
  [2, fc.constantFrom("resetpass", `<${PASSWORD}`, ">other", "<other", ">", `#${HASH}`)],
  [1, fc.constantFrom(`!${HASH}`, "#abc", "!abc", `#${HASH.toUpperCase()}`)],
);

/** What stands in parentheses or in none. */
const plainRule: fc.Arbitrary<string> = pick(
  [6, commandRule],
  [4, categoryRule],
  [4, keyRule],
  [2, channelRule],
  [1, fc.constantFrom("allcommands", "nocommands")],
);

/** Rules within parentheses are split at spaces: those that hold some, or quotes, are another matter. */
const insideRule = plainRule.filter((rule) => !/[\s\0]/.test(rule));

const selector: fc.Arbitrary<ReadonlyArray<string>> = fc
  .tuple(fc.array(insideRule, { maxLength: 4 }), fc.boolean())
  .map(([rules, isSplit]) => {
    const text = `(${rules.join(" ")})`;
    return isSplit ? text.split(" ") : [text];
  });

const otherRule: fc.Arbitrary<string> = pick(
  [3, fc.constantFrom("off", "reset", "clearselectors", "sanitize-payload")],
  [1, fc.constantFrom("skip-sanitize-payload", "", "x", "(", "(+get", ")", "(on)", "((+get))")],
);

/** Rules as arguments of ACL SETUSER. */
export const rules: fc.Arbitrary<ReadonlyArray<string>> = fc
  .array(
    pick<ReadonlyArray<string>>(
      [12, plainRule.map((rule) => [rule])],
      [3, loginRule.map((rule) => [rule])],
      [3, selector],
      [1, otherRule.map((rule) => [rule])],
    ),
    { maxLength: 8 },
  )
  .map((list) => list.flat());

/** Rules of somebody who may log in and do a good deal, but nothing about users. */
export const usefulRules: fc.Arbitrary<ReadonlyArray<string>> = fc
  .tuple(
    fc.constantFrom(["nopass"], [`>${PASSWORD}`]),
    fc.constantFrom(
      ["+@all", "-@dangerous"],
      ["+@all"],
      ["+@read", "+@write", "+@connection", "+@transaction", "+@pubsub"],
      ["+@all", "-@write"],
      ["+@read", "+@connection", "+@scripting"],
    ),
    fc.constantFrom(["~*"], ["~*"], ["~a", "~b"], ["%R~*"], ["%R~*", "%W~a"], ["%W~*", "%R~c"]),
    fc.constantFrom(["&*"], ["&news*"], [], ["&chat", "&news"]),
    fc.constantFrom(
      [],
      [],
      ["-get"],
      ["+select|0", "-select"],
      ["-select", "+select|0"],
      ["(+set +get +mset ~c %R~a)"],
      ["(+@all %W~c &*)", "-set"],
    ),
  )
  .map((parts) => ["reset", "on", ...parts.flat(), "-acl", "+acl|whoami"]);
