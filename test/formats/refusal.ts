import { expect } from "vitest";
import { type ErrorCode, ToolkitError } from "../../src/core/error.ts";

/** Expects a `ToolkitError` of this code whose one line has all the words. */
export async function expectRefusal(work: () => unknown, code: ErrorCode, ...words: string[]): Promise<void> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(ToolkitError);
  const { code: found, message } = error as ToolkitError;
  expect(found).toBe(code);
  expect(message).not.toContain("\n");
  for (const word of words) expect(message).toContain(word);
}
