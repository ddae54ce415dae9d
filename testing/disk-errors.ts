/** Why a disk refuses, in the system's words; `NO_SPACE` is the port's own. */
import type { DiskError } from "../impl/ports/disk.ts";

export const NO_ENTRY: DiskError = { code: "ENOENT", message: "No such file or directory" };
export const EXISTS: DiskError = { code: "EEXIST", message: "File exists" };
export const IO_ERROR: DiskError = { code: "EIO", message: "Input/output error" };
