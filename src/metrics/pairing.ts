import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { bestAssignment, maximumAssignment } from "./assignment.ts";

/**
 * Which estimate belongs to which reference: `none`, estimate k to reference k; `sir` and `sdr`, the one-to-one pairing of
 * greatest mean ratio. Pairs that cannot be scored never win; of equals, the first in dictionary order.
 */
export type Permutation = "none" | "sir" | "sdr";

/** Estimates in the order of the references they were paired with, and their scores. */
export interface Paired<Scores> {
  /** `permutation[j]` is the number of the estimate that was paired with reference j. */
  readonly permutation: number[];
  /** [references] */
  readonly scores: Scores[];
}

/**
 * Refuses numbers of estimates that leave a pairing open.
 *
 * @param who the function that asks, for messages
 * @param permutation what was asked for
 * @param references how many
 * @param estimates how many
 * @throws ToolkitError `bad-shape`, `bad-option`
 */
export function checkPairing(who: string, permutation: Permutation, references: number, estimates: number): void {
  checkChoice(who, "permutation", permutation, ["none", "sir", "sdr"]);
  if (references !== estimates) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${references} references but ${estimates} estimates; give one estimate for each reference`,
    );
  }
  if (permutation !== "none" && references > maximumAssignment) {
    throw new ToolkitError(
      "bad-option",
      `${who}: permutation "${permutation}" of ${references} sources; at most ${maximumAssignment} can be paired`,
    );
  }
}

/**
 * Pairs estimates with references.
 *
 * @param permutation how
 * @param estimates [estimates], as many as references
 * @param prepared `score` for one pair, `scoreAll` for one estimate against every reference
 * @param gain what is to be greatest on average, in dB
 */
export function pairEstimates<Estimate, Scores>(
  permutation: Permutation,
  estimates: readonly Estimate[],
  prepared: {
    readonly score: (estimate: Estimate, target: number) => Scores;
    readonly scoreAll: (estimate: Estimate) => Scores[];
    readonly gain: (scores: Scores, ratio: "sir" | "sdr") => number;
  },
): Paired<Scores> {
  if (permutation === "none") {
    return {
      permutation: estimates.map((_, j) => j),
      scores: estimates.map((estimate, j) => prepared.score(estimate, j)),
    };
  }
  const every = estimates.map(prepared.scoreAll);
  const gains = estimates.map((_, j) => every.map((row) => prepared.gain(row[j]!, permutation)));
  const best = bestAssignment(gains);
  return { permutation: best, scores: best.map((k, j) => every[k]![j]!) };
}
