import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row, zeros } from "../core/matrix.ts";

/**
 * What becomes of negative entries of a guide (ridge regression returns them, activations have none).
 *
 * - `relu` negative entries become 0
 * - `shift` a row with a negative entry is raised until its lowest entry is 0
 * - `abs` absolute values
 */
export type Rectification = "relu" | "shift" | "abs";

const rectifications: readonly Rectification[] = ["relu", "shift", "abs"];

/**
 * Makes a decoded guide usable: no negative entries, rows of unit l2 norm.
 *
 * The contrast of contrastive NMF (Cantisani, Essid & Richard 2021, eq. 1) is defined for such rows only.
 *
 * @param guide decoded activations of the attended source, [guide components, frames], any sign, any scale
 * @param options `rectification`, default `relu`; `who`, the function named in messages
 * @returns [guide components, frames]
 * @throws ToolkitError `bad-value` if an entry is not finite or a row has nothing left after rectification, naming the row
 */
export function prepareGuide(
  guide: Matrix,
  options: { rectification?: Rectification; who?: string } = {},
): Matrix<Float64Array> {
  const { rectification = "relu", who = "prepareGuide" } = options;
  checkMatrix(who, "guide", guide);
  checkChoice(who, "rectification", rectification, rectifications);
  const out = zeros(guide.rows, guide.columns);
  for (let k = 0; k < guide.rows; k++) {
    const values = row(out, k);
    values.set(row(guide, k));
    const frame = values.findIndex((value) => !Number.isFinite(value));
    if (frame >= 0) {
      throw new ToolkitError(
        "bad-value",
        `${who}: guide row ${k} has ${values[frame]} at frame ${frame}; all entries must be finite`,
      );
    }
    rectify(values, rectification);
    if (!scaleToUnitNorm(values)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: guide row ${k} is zero after rectification "${rectification}"; leave the row out or rectify another way`,
      );
    }
  }
  return out;
}

/**
 * Scales a row to unit l2 norm in place, without overflow at any scale of its entries.
 *
 * @returns false, the row untouched, if it is all zero
 */
export function scaleToUnitNorm(values: Float64Array): boolean {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return false;
  let squares = 0;
  for (const value of values) squares += (value / largest) ** 2;
  const norm = Math.sqrt(squares);
  for (let n = 0; n < values.length; n++) values[n] = values[n]! / largest / norm;
  return true;
}

/**
 * An upper bound of the largest eigenvalue of `S S'`, tight to rounding for all but degenerate guides.
 *
 * For entries >= 0 and any positive vector x, the largest ratio `(S S' x)_i / x_i` is such a bound (Collatz 1942); x is
 * improved by power iteration and the smallest bound met is kept. The sphere update is monotone with any upper bound.
 *
 * @param guide [guide components, frames], entries >= 0, rows of unit norm
 */
export function guideEigenvalueBound(guide: Matrix): number {
  const count = guide.rows;
  const gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let n = 0; n < guide.columns; n++)
        sum += guide.data[i * guide.columns + n]! * guide.data[j * guide.columns + n]!;
      gram[i * count + j] = sum;
      gram[j * count + i] = sum;
    }
  }
  let x = new Float64Array(count).fill(1);
  let bound = Infinity;
  for (let iteration = 0; iteration < 200; iteration++) {
    const next = new Float64Array(count);
    let most = 0;
    let largest = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) next[i]! += gram[i * count + j]! * x[j]!;
      most = Math.max(most, next[i]! / x[i]!);
      largest = Math.max(largest, next[i]!);
    }
    bound = Math.min(bound, most);
    // entries of weakly coupled rows fade; they are held above 0, where the bound still holds
    x = next.map((value) => Math.max(value / largest, 1e-12));
  }
  // rounding of the sums above
  return bound * (1 + 1e-12 * guide.columns);
}

function rectify(values: Float64Array, rectification: Rectification): void {
  const offset = rectification === "shift" ? -values.reduce((least, value) => Math.min(least, value), 0) : 0;
  for (let n = 0; n < values.length; n++) {
    const value = values[n]! + offset;
    values[n] = rectification === "abs" ? Math.abs(value) : Math.max(value, 0);
  }
}
