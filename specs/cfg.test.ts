import { expect, test } from "vitest";
import { distortion, propertiesOf, readConfig, withProperty } from "./cfg.ts";

const TEXT = `\\* the toy
SPECIFICATION Spec
CONSTANTS Clients = {c1, c2} (* model
  values *) Max = 2
INVARIANTS TypeOK Bounded
INVARIANT NotBoth \\* one more
PROPERTIES
  Monotone
`;

test("the properties of a configuration, in its order", () => {
  expect(propertiesOf(readConfig(TEXT))).toEqual(["TypeOK", "Bounded", "NotBoth", "Monotone"]);
});

test("the same configuration with one property, and with none", () => {
  const rest = "SPECIFICATION Spec\nCONSTANT Clients = {c1, c2} Max = 2\n";
  const sections = readConfig(TEXT);
  expect(withProperty(sections, null)).toBe(rest);
  expect(withProperty(sections, { name: "Bounded", invariant: true })).toBe(
    `${rest}INVARIANT Bounded\n`,
  );
  expect(withProperty(sections, { name: "Monotone", invariant: false })).toBe(
    `${rest}PROPERTY Monotone\n`,
  );
});

test.each(["SYMMETRY", "VIEW", "CONSTRAINT", "ACTION_CONSTRAINT"])(
  "%s distorts a graph",
  (word) => {
    expect(distortion(readConfig(TEXT))).toBeUndefined();
    expect(distortion(readConfig(`${TEXT}${word} Something\n`))).toBe(word);
  },
);

test("what begins with no keyword is no configuration", () => {
  expect(() => readConfig("Spec\n")).toThrow(/begins with Spec/);
});
