import type { FormatWarning } from "./recording.ts";

/** Volts in one unit. Capital M would be mega and no recorder means that, so it is not guessed at. */
const voltages = new Map([
  ["V", 1],
  ["mV", 1e-3],
  ["uV", 1e-6],
  ["nV", 1e-9],
  ["pV", 1e-12],
  ["kV", 1e3],
  ["UV", 1e-6],
  ["uv", 1e-6],
  ["mv", 1e-3],
]);

/** Units of other quantities that recorders write, as EDF+ and BrainVision spell them. */
const others = new Set(
  `% A mA uA C °C degC K F °F S mS uS nS Ohm kOhm MOhm Ω kΩ N Pa kPa mmHg cmH2O bar mbar m cm mm um m/s m/s^2 g kg l ml
  l/min ml/min Hz kHz s ms us min bpm BPM 1/min rad deg ° deg/s dB lx cd mol T mT uT nT fT T/m J W ARU AU a.u. au n/a
  Bool Boolean bit bits none`.split(/\s+/),
);

/** What a unit is. */
export interface Unit {
  /** `none` where the file leaves it empty. */
  readonly kind: "voltage" | "other" | "none" | "unknown";
  readonly voltsPerUnit?: number;
}

/**
 * Tells whether a unit is a voltage, and of what size. The micro sign may be µ (U+00B5), μ (U+03BC) or u.
 *
 * @param text the unit as a file writes it
 */
export function parseUnit(text: string): Unit {
  const unit = text.trim().replace(/[\u00b5\u03bc]/g, "u");
  if (unit === "") return { kind: "none" };
  const voltsPerUnit = voltages.get(unit);
  if (voltsPerUnit !== undefined) return { kind: "voltage", voltsPerUnit };
  return { kind: others.has(unit) ? "other" : "unknown" };
}

/**
 * One warning for each unit that is not known, naming the first signal that has it.
 *
 * @param name the file
 */
export function unitWarnings(
  name: string,
  signals: readonly { index: number; label: string; unit: string; isAnnotations: boolean }[],
): FormatWarning[] {
  const found = new Map<string, { label: string; index: number; count: number }>();
  for (const { index, label, unit, isAnnotations } of signals) {
    if (isAnnotations || parseUnit(unit).kind !== "unknown") continue;
    const known = found.get(unit);
    if (known) known.count++;
    else found.set(unit, { label, index, count: 1 });
  }
  return [...found].map(([unit, { label, index, count }]) => ({
    code: "unknown-unit",
    message: `${name}: signal "${label}" (number ${index})${count > 1 ? ` and ${count - 1} more have` : " has"} the unit ${JSON.stringify(unit)}, which is not known; the values are kept as they are`,
  }));
}
