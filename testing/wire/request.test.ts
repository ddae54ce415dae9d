import { expect, test } from "vitest";
import { encodeRequest, lineText, requestsOf, requestText } from "./request.ts";

test("a request is written in RESP's array form, one character per byte", () => {
  expect(requestText("SET", "k", "\r\n\xff")).toBe(
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\r\n\xff\r\n",
  );
  expect(lineText("GET k")).toBe("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
  expect(lineText("")).toBe("*0\r\n");
  expect([...encodeRequest(["\xff"])].slice(-3)).toEqual([0xff, 13, 10]);
});

test("requests are read back word by word, and nothing else is", () => {
  const requests = [["SET", "k", "$1\r\nv"], [], [""]];
  expect(requestsOf(requests.map((words) => requestText(...words)).join(""))).toEqual(requests);
  expect(() => requestsOf("+OK\r\n")).toThrow();
  expect(() => requestsOf("*1\r\n$2\r\nabc\r\n")).toThrow();
});
