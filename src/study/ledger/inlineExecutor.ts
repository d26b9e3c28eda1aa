import { checkWhole } from "../../core/check.ts";
import type { Executor, RunUnit } from "./unit.ts";

/** Options of `inlineExecutor`. */
export interface InlineOptions {
  /** Units at a time; they share one thread, so that more than one helps only while they wait for files. Default 1. */
  readonly concurrency?: number;
  /** See `Executor.memoryBytes`; default no limit. */
  readonly memoryBytes?: number;
}

/** Defaults of `InlineOptions`. */
export const inlineDefaults = { concurrency: 1 } as const satisfies InlineOptions;

/**
 * Runs units in this thread.
 *
 * @throws ToolkitError `bad-option` if `concurrency` is not at least 1
 */
export function inlineExecutor(run: RunUnit, options: InlineOptions = {}): Executor {
  const { concurrency, memoryBytes } = { ...inlineDefaults, ...options };
  checkWhole("inlineExecutor", "concurrency", concurrency, 1);
  return {
    concurrency,
    ...(memoryBytes !== undefined && { memoryBytes }),
    run: async (unit, context) => run(unit, context),
    close: async () => undefined,
  };
}
