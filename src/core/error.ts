/**
 * What kind of defect an error reports. Codes are stable: callers may branch on them.
 *
 * - `bad-shape` lengths or dimensions do not fit together
 * - `bad-value` a number is not finite, negative where it must not be, silent, or otherwise out of range
 * - `bad-option` an option has a value the function cannot work with
 * - `bad-format` a file is not what it claims to be
 * - `truncated` a file ends before its header says it should
 * - `unsupported` a valid file or option that is not implemented
 * - `not-found` a file, folder, signal or row that should exist does not
 * - `not-writable` an output cannot be written: no room, no permission, no such place
 * - `exists` an output is already there
 * - `aborted` the caller stopped the work
 * - `usage` a command line is wrong
 */
export type ErrorCode =
  | "bad-shape"
  | "bad-value"
  | "bad-option"
  | "bad-format"
  | "truncated"
  | "unsupported"
  | "not-found"
  | "not-writable"
  | "exists"
  | "aborted"
  | "usage";

/**
 * The one error this toolkit throws on purpose. Its message is one line: who, what was found and where, what is needed.
 *
 *     throw new ToolkitError("bad-shape", "siSdr: reference has 100 samples, estimate 99; trim both to one length");
 */
export class ToolkitError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message.replace(/\s*\n\s*/g, " "), options);
    this.name = "ToolkitError";
    this.code = code;
  }
}
