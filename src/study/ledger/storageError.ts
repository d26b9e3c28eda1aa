import { ToolkitError } from "../../core/error.ts";

const fullOrReadOnly = ["ENOSPC", "EDQUOT", "EROFS"];
const refused = ["EACCES", "EPERM"];

/**
 * Whether something failed because a ledger's folder cannot be written: no other unit could be kept either.
 *
 * @param error looked through to its deepest cause
 * @param root the ledger's folder
 */
export function isStorageError(error: unknown, root: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ToolkitError && cause.code === "not-writable") return true;
    const { code, path } = cause as { code?: unknown; path?: unknown };
    if (fullOrReadOnly.includes(String(code))) return true;
    if (refused.includes(String(code)) && typeof path === "string" && path.startsWith(root)) return true;
  }
  return false;
}
