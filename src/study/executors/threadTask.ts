import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../../core/error.ts";
import { ToolkitError } from "../../core/error.ts";
import type { RunUnit, Unit } from "../ledger/unit.ts";

/** What a worker thread gets to do. */
export interface ThreadTask {
  readonly unit: Unit;
  readonly folder: string;
  readonly needs: readonly (readonly [id: string, folder: string])[];
  /** Where progress goes. */
  readonly port: MessagePort;
}

/** How it went; errors do not survive the way between threads as what they are. */
export type ThreadOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

/**
 * Makes what a worker thread exports: it runs a unit and says how that went. Errors that are no `ToolkitError` pass.
 *
 * @param run does a unit's work
 */
export function createThreadTask(run: RunUnit): (task: ThreadTask) => Promise<ThreadOutcome> {
  return async ({ unit, folder, needs, port }) => {
    try {
      await run(unit, {
        folder,
        needs: new Map(needs),
        signal: new AbortController().signal, // a stopped thread is ended, not asked
        progress: (done, total, label) => port.postMessage({ done, total, label }),
      });
      return { kind: "done" };
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      return { kind: "failed", code: error.code, message: error.message };
    } finally {
      port.close();
    }
  };
}
