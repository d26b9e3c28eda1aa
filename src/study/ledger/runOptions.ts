import type { InlineOptions } from "./inlineExecutor.ts";
import type { LedgerOptions } from "./ledger.ts";
import type { LockOptions } from "./lock.ts";
import type { UnitPlan } from "./planUnits.ts";

/** What a run tells while it is at work. */
export type UnitEvent =
  | { readonly type: "planned"; readonly plans: readonly UnitPlan[] }
  | { readonly type: "started"; readonly id: string }
  | {
      readonly type: "progress";
      readonly id: string;
      readonly done: number;
      readonly total: number;
      readonly label: string;
    }
  | { readonly type: "done"; readonly id: string; readonly seconds: number }
  | { readonly type: "failed"; readonly id: string; readonly code: string; readonly message: string }
  | { readonly type: "skipped"; readonly id: string; readonly reason: string }
  | { readonly type: "remark"; readonly message: string };

/** Options of `runUnits`; concurrency and memory count for a function, an executor has its own. */
export interface RunUnitsOptions extends LedgerOptions, LockOptions, InlineOptions {
  /** Go on with other units when one has failed. Default true. */
  readonly keepGoing?: boolean;
  /** Stops the run: no unit is started any more, those at work are told, what is done is kept. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: UnitEvent) => void;
}

/** Defaults of `RunUnitsOptions`. */
export const runUnitsDefaults = { keepGoing: true } as const;
