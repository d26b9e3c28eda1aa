import { ToolkitError } from "../../core/error.ts";
import { secondsEstimator } from "./estimateSeconds.ts";
import { type LedgerOptions, LedgerView } from "./ledger.ts";
import { orderUnits } from "./orderUnits.ts";
import type { Unit } from "./unit.ts";
import type { FileEntry } from "./unitRecord.ts";
import { recordChanges, type UnitRecord, unitKey, unitRecord } from "./unitRecord.ts";

/** What a run would do with a unit. */
export interface UnitPlan {
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  /**
   * `cached`: done, nothing to do. `changed`: done before from something else. `failed`: failed the last time, or cannot run.
   * `new`: everything else, what was interrupted or damaged included.
   */
  readonly state: "new" | "cached" | "changed" | "failed";
  /** Why it is in that state. */
  readonly reason: string;
  /** `undefined` if an input cannot be read. */
  readonly key?: string;
  /** 0 if cached; `undefined` if no unit of its kind was done yet. */
  readonly estimatedSeconds?: number;
}

/** A unit with its plan and what a run has to know besides. */
export interface Assessment {
  readonly unit: Unit;
  readonly plan: UnitPlan;
  readonly record?: UnitRecord;
  /** Why it cannot run. */
  readonly problem?: ToolkitError;
  /** What is wrong with the folder that lies in its place. */
  readonly damage?: string;
  /** SHA-256 of the manifest of a finished folder that the journal does not know. */
  readonly adopted?: string;
}

/**
 * Says what a run would do, and why. Reads inputs that are new or changed; takes no lock and writes nothing.
 *
 * @returns in the order of `units`
 * @throws ToolkitError `bad-option` if the units do not fit together
 */
export async function planUnits(units: readonly Unit[], options: LedgerOptions): Promise<UnitPlan[]> {
  const ordered = orderUnits(units);
  const view = await LedgerView.read(options);
  const plans = new Map((await assessUnits(ordered, view)).map(({ plan }) => [plan.id, plan]));
  return units.map(({ id }) => plans.get(id)!);
}

/**
 * Compares units with what a ledger holds.
 *
 * @param ordered each after those it needs
 * @throws ToolkitError `aborted`
 */
export async function assessUnits(
  ordered: readonly Unit[],
  view: LedgerView,
  signal?: AbortSignal,
): Promise<Assessment[]> {
  const secondsOf = secondsEstimator(view.events);
  const keys = new Map<string, string>();
  const all: Assessment[] = [];
  for (const unit of ordered) {
    if (signal?.aborted) break;
    const found = await assess(unit, { view, keys });
    const seconds = found.state === "cached" ? 0 : secondsOf(unit);
    const { state, reason, ...rest } = found;
    const { id, label, kind } = unit;
    const key = keys.get(id);
    all.push({
      unit,
      ...rest,
      plan: {
        id,
        label,
        kind,
        state,
        reason,
        ...(key !== undefined && { key }),
        ...(seconds !== undefined && { estimatedSeconds: seconds }),
      },
    });
  }
  return all;
}

type Finding = Pick<UnitPlan, "state" | "reason"> & Omit<Assessment, "unit" | "plan">;

async function assess(unit: Unit, { view, keys }: { view: LedgerView; keys: Map<string, string> }): Promise<Finding> {
  const stuck = unit.needs.find((id) => !keys.has(id));
  if (stuck !== undefined) return { state: "failed", reason: `needs ${stuck}, which cannot run` };
  const inputs = await inputsOf(unit, view);
  if (inputs instanceof ToolkitError) return { state: "failed", reason: `input ${inputs.message}`, problem: inputs };
  const record = unitRecord(unit, { inputs, keys, code: view.code });
  const key = unitKey(record);
  keys.set(unit.id, key);

  const found = await view.find(unit.id, key);
  const last = view.last(unit.id);
  if (found.state === "damaged") {
    return { state: "new", reason: `its folder is damaged: ${found.reason}`, record, damage: found.reason };
  }
  if (found.state === "finished" && found.manifest.key === key) {
    if (view.isJournaled(unit.id, found.hash)) return { state: "cached", reason: "done", record };
    return { state: "cached", reason: "done, though the journal does not say so", record, adopted: found.hash };
  }
  if (last?.event === "failed" && (last.key === undefined || last.key === key)) {
    return { state: "failed", reason: `${last.code}: ${last.message}`, record };
  }
  const before =
    found.state === "finished" ? found.manifest.record : last?.event === "failed" ? last.record : undefined;
  if (before !== undefined) return { state: "changed", reason: changesText(before, record), record };
  return { state: "new", reason: last === undefined ? "never run" : newReasons[last.event], record };
}

const newReasons = {
  started: "was started and did not end",
  interrupted: "was interrupted",
  failed: "failed before",
  done: "its folder is gone",
} as const;

async function inputsOf(unit: Unit, view: LedgerView): Promise<FileEntry[] | ToolkitError> {
  try {
    const entries: FileEntry[] = [];
    for (const path of unit.inputs) entries.push(await view.hashes.of(path));
    return entries;
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
}

function changesText(before: UnitRecord, after: UnitRecord): string {
  const changes = recordChanges(before, after);
  if (changes.length === 0) return "made by another version of the ledger";
  return changes.length <= 3 ? changes.join("; ") : `${changes.slice(0, 3).join("; ")}; and ${changes.length - 3} more`;
}
