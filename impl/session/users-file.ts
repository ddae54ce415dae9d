import type { User } from "../access/user.ts";
import type { Instance } from "./instance.ts";

/**
 * Takes the users from the file that `aclfile` names.
 *
 * @param before is told what the default user will become
 * @returns those who are gone, or why it cannot be
 */
export function loadUsersFile(
  { config, control, users }: Instance,
  before?: (user: User, next: User) => void,
): { readonly gone: readonly User[] } | { readonly errors: string } {
  const path = config.get("aclfile");
  const file = control.readFile(path);
  if ("error" in file) {
    return { errors: `Error loading ACLs, opening file '${path}': ${file.error}` };
  }
  return users.load(file.text, path, before);
}
