import { ToolkitError } from "../core/error.ts";
import { type BlockToeplitzFactor, factorBlockToeplitz } from "../numeric/blockToeplitz.ts";

/** What `auto` resorts to. */
const fallbackLoading = 1e-12;

/** References whose correlation at some delay is this close to 1 are one and the same, which no loading mends. */
const copyTolerance = 1e-9;

/** The factored normal equations: of all references together, and of each alone. */
export interface NormalEquations {
  /** The noise that was assumed. */
  readonly diagonalLoading: number;
  /** Of all references together. */
  readonly joint: BlockToeplitzFactor;
  /** Of each alone. */
  readonly own: readonly BlockToeplitzFactor[];
}

/**
 * Factors the normal equations of the projections, assuming white noise on the references where that is asked for or, with
 * `auto`, where they cannot be factored without.
 *
 * @param who the function that asks, for messages
 * @param correlations `[references][references][taps]`, `correlations[i][j][m]` of reference i against j at delay m
 * @param wanted noise relative to each reference's energy, or `auto`
 * @throws ToolkitError `bad-value` naming the reference and delay that is a sum of the others
 */
export function factorNormalEquations(
  who: string,
  correlations: Float64Array[][],
  wanted: number | "auto",
): NormalEquations {
  if (wanted !== "auto") return factorLoaded(who, correlations, wanted);
  try {
    return factorLoaded(who, correlations, 0);
  } catch (error) {
    if (!(error instanceof ToolkitError && error.code === "bad-value")) throw error;
    return factorLoaded(who, correlations, fallbackLoading);
  }
}

function factorLoaded(who: string, correlations: Float64Array[][], diagonalLoading: number): NormalEquations {
  const loaded = correlations.map((row, i) =>
    row.map((lags, j) =>
      i === j ? lags.map((value, lag) => (lag === 0 ? value * (1 + diagonalLoading) : value)) : lags,
    ),
  );
  const joint = factorBlockToeplitz(loaded, { who, name: "reference" });
  const own = loaded.map((row, j) =>
    loaded.length === 1 ? joint : factorBlockToeplitz([[row[j]!]], { who, name: `reference ${j}, alone,` }),
  );
  return { diagonalLoading, joint, own };
}

/**
 * Refuses references that are one signal but for gain and delay: no projection can tell them apart.
 *
 * @param who the function that asks
 * @param correlations as in `factorNormalEquations`
 * @throws ToolkitError `bad-value` naming both
 */
export function checkNoCopies(who: string, correlations: Float64Array[][]): void {
  for (const [i, row] of correlations.entries()) {
    for (const [j, lags] of row.entries()) {
      const limit = (1 - copyTolerance) * Math.sqrt(row[i]![0]! * correlations[j]![j]![0]!);
      const lag = i === j ? -1 : lags.findIndex((value) => Math.abs(value) > limit);
      if (lag < 0) continue;
      throw new ToolkitError(
        "bad-value",
        `${who}: references ${Math.min(i, j)} and ${Math.max(i, j)} are the same signal but for gain and a delay of ${lag} samples; leave one out`,
      );
    }
  }
}
