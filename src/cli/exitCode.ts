import type { ToolkitError } from "../core/error.ts";

/** Exit codes of every command. */
export const exitCodes = { done: 0, defectiveInput: 1, wrongUse: 2, someFailed: 3, interrupted: 130 } as const;

/**
 * The exit code an error ends a command with: 2 where the command line asks for something that cannot be, 130 where the
 * user stopped the work, 1 where an input is defective.
 */
export function exitCodeOf(error: ToolkitError): number {
  if (error.code === "aborted") return exitCodes.interrupted;
  if (error.code === "usage" || error.code === "bad-option" || error.code === "exists") return exitCodes.wrongUse;
  return exitCodes.defectiveInput;
}
