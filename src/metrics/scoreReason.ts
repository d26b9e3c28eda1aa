/**
 * Why a score is NaN. An entry that has a reason is NaN in all its scores; one without was scored.
 *
 * - `silent-reference` every sample of every channel of the reference is 0 (in a frame: of that frame)
 * - `silent-estimate` the same of the estimate
 * - `rank-deficient` the reference cannot be told from another one, or the equations cannot be solved with the loading
 *   that was asked for
 * - `too-short` there are fewer samples than the delayed references have unknowns
 */
export type ScoreReason = "silent-reference" | "silent-estimate" | "rank-deficient" | "too-short";
