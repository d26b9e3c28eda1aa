import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";

/** Real files and recorded outputs of other implementations, kept beside the project and never inside it. */
const folder = join(import.meta.dirname, "../../shared/data");

/** Path of a shared test file. */
export const sharedPath = (name: string): string => join(folder, name);

/** `test` where the shared data is there; skipped, saying so, in a clone that stands alone. */
export const testWithShared: typeof test = existsSync(folder)
  ? test
  : (((name: string) => test.skip(`${name} (skipped: ../shared/data is not there)`)) as unknown as typeof test);
