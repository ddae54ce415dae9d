/**
 * An outside tool that could not be had. The message is one line for a person: what is missing and
 * what to do about it.
 */
export class MissingTool extends Error {
  override readonly name = "MissingTool";
}

/** The last line of `text` that says something, for quoting a command's complaint in one line. */
export function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim() ?? "no message";
}
