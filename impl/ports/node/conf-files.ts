import { globSync, readFileSync } from "node:fs";
import type { ConfFiles } from "../../config/conf-file.ts";

/** Configuration files on this machine's disk; one character per byte. */
export const confFiles: ConfFiles = {
  readFile: (path) => {
    try {
      return { text: readFileSync(path, "latin1") };
    } catch (error) {
      return { error: describe(error) };
    }
  },
  glob: (pattern) => globSync(pattern).sort(),
};

/** The system's reason in its usual words, as in `No such file or directory`. */
function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "No such file or directory";
  if (code === "EACCES") return "Permission denied";
  if (code === "EISDIR") return "Is a directory";
  return message;
}
