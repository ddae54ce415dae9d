import { expect, test } from "vitest";
import { checkElements, type ElementEvent } from "./elements.ts";

const put = (element: string): ElementEvent => ({ _tag: "Put", element, run: 1, session: 1 });
const taken = (element: string, session: number, run = 1): ElementEvent => ({
  ...{ _tag: "Taken", element, run, session },
});
const WHOLE = [{ first: 1, last: 3 }];

test("each element may go to one client", () => {
  const events = [put("a"), put("b"), taken("b", 2), taken("a", 3, 2)];
  expect(checkElements(events, WHOLE)._tag).toBe("Holds");
});

test("none goes to two, and none to anybody who was not put", () => {
  expect(checkElements([put("a"), taken("a", 2), taken("a", 3)], WHOLE)._tag).toBe("Broken");
  expect(checkElements([put("a"), taken("a", 2), taken("a", 2, 3)], WHOLE)._tag).toBe("Broken");
  expect(checkElements([taken("a", 2), put("a")], WHOLE)._tag).toBe("Broken");
});

test("where a crash has taken something back, an element may come again", () => {
  const parts = [
    { first: 1, last: 1 },
    { first: 2, last: 2 },
  ];
  const events = [put("a"), taken("a", 2), taken("a", 3, 2)];
  expect(checkElements(events, parts)._tag).toBe("Holds");
  expect(checkElements([...events, taken("a", 2, 2)], parts)._tag).toBe("Broken");
});
