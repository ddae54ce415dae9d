/** How Redis reads and prints texts. It treats many of them as C strings, which end at a zero byte. */
import type { Bytes } from "./reply.ts";

/** The part of the bytes that C's string functions see. */
export const cString = (bytes: Bytes): Bytes => {
  const end = bytes.indexOf("\0");
  return end < 0 ? bytes : bytes.slice(0, end);
};

/** ASCII lower case; other bytes stay as they are. */
export const lower = (bytes: Bytes): Bytes =>
  bytes.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** ASCII upper case; other bytes stay as they are. */
export const upper = (bytes: Bytes): Bytes =>
  bytes.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/** An option's name as Redis compares it: without case, up to the first zero byte. */
export const word = (bytes: Bytes): Bytes => lower(cString(bytes));

/** Line breaks would end the error line early, so they become spaces. */
export const oneLine = (text: Bytes): Bytes => text.replace(/[\r\n]/g, " ");

/** Like `oneLine`, with the line breaks at both ends dropped. */
export const trimmedLine = (text: Bytes): Bytes => oneLine(text.replace(/^[\r\n]+|[\r\n]+$/g, ""));
