import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type FloatArray, type Matrix, row } from "../core/matrix.ts";
import { checkNonNegative } from "./checkSpectrogram.ts";

/** Options of {@link diagnoseFactors}. */
export interface DiagnosticsOptions {
  /** A component with less than this share of the model's sum is dead. Default 1e-4. */
  deadShare?: number;
  /** Activations whose standard deviation is at most this share of their mean are uniform. Default 0.1. */
  uniformVariation?: number;
  /** Activations of which one frame holds at least this share of the energy are one-hot. Default 0.9. */
  oneHotShare?: number;
}

/** Defaults of {@link diagnoseFactors}. */
export const diagnosticsDefaults = {
  deadShare: 1e-4,
  uniformVariation: 0.1,
  oneHotShare: 0.9,
} as const satisfies Required<DiagnosticsOptions>;

/** What is wrong with a component, if anything, and the numbers that say so. */
export interface ComponentDiagnosis {
  /** It contributes next to nothing: `share` is below `deadShare`. */
  readonly dead: boolean;
  /** It is on all the time, like a background: `variation` is at most `uniformVariation`. */
  readonly uniform: boolean;
  /** It is on in a single frame: `largestShare` is at least `oneHotShare`. */
  readonly oneHot: boolean;
  /** Its share of the sum of WH, from 0 to 1. */
  readonly share: number;
  /** Standard deviation of its activations over their mean, 0 for a constant row. */
  readonly variation: number;
  /** Entropy of its activations as shares of their sum, over that of a constant row: 1 constant, 0 a single frame. */
  readonly entropy: number;
  /** The largest activation's share of the sum of their squares. */
  readonly largestShare: number;
}

/** What {@link diagnoseFactors} found. */
export interface FactorDiagnostics {
  /** One entry a component. */
  readonly components: ComponentDiagnosis[];
  /** Components with each defect, ascending. */
  readonly dead: number[];
  readonly uniform: number[];
  readonly oneHot: number[];
  /** Whether any component has a defect. */
  readonly isDegenerate: boolean;
  /** The options as they were used. */
  readonly options: Required<DiagnosticsOptions>;
}

const who = "diagnoseFactors";

/**
 * Looks for components that came out degenerate: dead, uniform over time, or on in a single frame.
 *
 * What to do. Dead: fewer components suffice; or the start was zero there, or a weight of an L1 norm is too large. Uniform:
 * right for a steady background, else too few iterations, a start of constant rows or too large a weight on the dictionary.
 * One-hot: too many components for so few frames, a click in the recording, or too large a contrast or L1 weight, which
 * then pays for itself in one frame. Another start (another seed, `nndsvd`) helps against all three where only some
 * components are struck.
 *
 * Activations of two frames or more are judged for shape; a dead component has no other defect if its activations are zero.
 *
 * @param factors dictionary [components, bins], or [components * templateFrames, bins] of a convolutive model, and
 *   activations [components, frames]; either precision, entries >= 0
 * @param options see {@link DiagnosticsOptions}
 * @throws ToolkitError `bad-shape` if the factors do not fit, `bad-value` for negative or not finite entries, `bad-option`
 */
export function diagnoseFactors(
  factors: { readonly dictionary: Matrix; readonly activations: Matrix },
  options: DiagnosticsOptions = {},
): FactorDiagnostics {
  const resolved = { ...diagnosticsDefaults, ...options };
  const { dictionary, activations } = factors;
  checkNonNegative(who, "dictionary", dictionary, "row", "bin");
  checkNonNegative(who, "activations", activations, "component", "frame");
  if (dictionary.rows % activations.rows !== 0) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: dictionary has ${dictionary.rows} rows for ${activations.rows} components; it must be one or more each`,
    );
  }
  for (const name of ["deadShare", "uniformVariation", "oneHotShare"] as const) {
    checkNumber(who, name, resolved[name], { from: 0 });
  }
  const sums = componentSums(dictionary, activations);
  const total = sums.reduce((a, b) => a + b, 0);
  const components = Array.from(sums, (sum, k): ComponentDiagnosis => {
    const share = total > 0 ? sum / total : 0;
    const shape = shapeOf(row(activations, k));
    const isJudged = activations.columns > 1 && shape.largestShare > 0;
    return {
      dead: sum === 0 || share < resolved.deadShare,
      uniform: isJudged && shape.variation <= resolved.uniformVariation,
      oneHot: isJudged && shape.largestShare >= resolved.oneHotShare,
      share,
      ...shape,
    };
  });
  const having = (defect: "dead" | "uniform" | "oneHot") =>
    [...components.keys()].filter((k) => components[k]![defect]);
  const [dead, uniform, oneHot] = [having("dead"), having("uniform"), having("oneHot")];
  const isDegenerate = dead.length + uniform.length + oneHot.length > 0;
  return { components, dead, uniform, oneHot, isDegenerate, options: resolved };
}

/** Sum over frames and bins of what each component adds to the model; what a template plays past the end is left out. */
function componentSums(dictionary: Matrix, activations: Matrix): Float64Array {
  const templateFrames = dictionary.rows / activations.rows;
  const sums = new Float64Array(activations.rows);
  for (let k = 0; k < sums.length; k++) {
    const gains = row(activations, k);
    for (let t = 0; t < templateFrames; t++) {
      sums[k]! += sumOf(row(dictionary, k * templateFrames + t)) * sumOf(gains, Math.max(0, gains.length - t));
    }
  }
  return sums;
}

function sumOf(values: FloatArray, end = values.length): number {
  let sum = 0;
  for (let i = 0; i < end; i++) sum += values[i]!;
  return sum;
}

/** How a row of activations is spread over its frames; zeros for a row of zeros. */
function shapeOf(gains: FloatArray): Pick<ComponentDiagnosis, "variation" | "entropy" | "largestShare"> {
  const frames = gains.length;
  let largest = 0;
  for (let n = 0; n < frames; n++) largest = Math.max(largest, gains[n]!);
  if (largest === 0) return { variation: 0, entropy: 0, largestShare: 0 };
  // relative to the largest, so that no square overflows or vanishes
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < frames; n++) {
    const value = gains[n]! / largest;
    sum += value;
    squares += value * value;
  }
  const mean = sum / frames;
  let deviations = 0;
  let entropy = 0;
  for (let n = 0; n < frames; n++) {
    const value = gains[n]! / largest;
    deviations += (value - mean) ** 2;
    if (value > 0) entropy -= (value / sum) * Math.log(value / sum);
  }
  return {
    variation: Math.sqrt(deviations / frames) / mean,
    entropy: frames === 1 ? 1 : entropy / Math.log(frames),
    largestShare: 1 / squares,
  };
}
