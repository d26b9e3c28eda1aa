import { ToolkitError } from "../core/error.ts";
import type { RecordingSignal } from "./recording.ts";

/**
 * Finds the signals asked for and checks that they can be read together.
 *
 * @param wanted labels or numbers; `undefined` for all that are not annotations
 * @throws ToolkitError `not-found` for an unknown signal, `bad-option` if a label is not unique or the rates differ
 */
export function selectSignals<T extends RecordingSignal>(
  name: string,
  who: string,
  signals: readonly T[],
  wanted: readonly (number | string)[] | undefined,
): T[] {
  const chosen = wanted
    ? wanted.map((key) => findSignal(name, who, signals, key))
    : signals.filter(({ isAnnotations }) => !isAnnotations);
  const first = chosen[0];
  if (!first) throw new ToolkitError("not-found", `${name}: ${who}: there is no signal to read; name at least one`);
  for (const signal of chosen) {
    if (signal.isAnnotations) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who}: signal "${signal.label}" (number ${signal.index}) holds annotations, no samples; read them with annotations()`,
      );
    }
    if (signal.rateHz !== first.rateHz) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who}: signal "${signal.label}" has ${signal.rateHz} Hz, "${first.label}" ${first.rateHz} Hz; name signals that share a rate`,
      );
    }
  }
  return chosen;
}

function findSignal<T extends RecordingSignal>(
  name: string,
  who: string,
  signals: readonly T[],
  key: number | string,
): T {
  const found = signals.filter(({ index, label }) => (typeof key === "number" ? index === key : label === key.trim()));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: ${found.length} signals are labelled "${key}", numbers ${found.map(({ index }) => index).join(", ")}; give the number`,
    );
  }
  const labels = signals.map(({ label }) => label);
  const shown = labels.length > 12 ? `${labels.slice(0, 12).join(", ")}, ...` : labels.join(", ");
  throw new ToolkitError(
    "not-found",
    `${name}: ${who}: there is no signal ${typeof key === "number" ? key : `"${key}"`} among ${labels.length}: ${shown}`,
  );
}
