/** Requests in RESP's array form, written and read. Text is binary: one character per byte. */
import assert from "node:assert/strict";

/** A request as text. */
export function requestText(...words: readonly string[]): string {
  return textOf(words);
}

/** A request as text, written as a line with one space between two words; none in an empty line. */
export function lineText(line: string): string {
  return textOf(line === "" ? [] : line.split(" "));
}

/** A request as bytes. */
export function encodeRequest(words: readonly string[]): Buffer {
  return Buffer.from(textOf(words), "latin1");
}

/** Words come as one list: a request may have more of them than a call can have arguments. */
function textOf(words: readonly string[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}

/** The words of requests that stand one behind the other. Fails on anything else. */
export function requestsOf(text: string): string[][] {
  const requests: string[][] = [];
  let at = 0;
  const number = (mark: string): number => {
    assert.equal(text[at], mark);
    const end = text.indexOf("\r\n", at);
    const value = Number(text.slice(at + 1, end));
    at = end + 2;
    return value;
  };
  while (at < text.length) {
    const words: string[] = [];
    for (let left = number("*"); left > 0; left--) {
      const length = number("$");
      words.push(text.slice(at, at + length));
      assert.equal(text.slice(at + length, at + length + 2), "\r\n");
      at += length + 2;
    }
    requests.push(words);
  }
  return requests;
}
