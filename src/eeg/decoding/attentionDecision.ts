import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { binomialInterval, type Interval, poissonBinomialUpperTail } from "../../numeric/binomial.ts";
import { pearson } from "../../numeric/statistics.ts";

/** Which of several sources a listener attended to, as decoded. */
export interface AttentionDecision {
  /** Correlation of the decoded features with those of each candidate, mean over features, [sources]. */
  readonly correlations: number[];
  /** Number of the candidate of greatest correlation; -1 where two or more are equal, which no source can be right about. */
  readonly decided: number;
  /** Greatest correlation less the second greatest, from 0. */
  readonly margin: number;
}

/**
 * Decides for the candidate whose features correlate best with the decoded ones (Pearson, mean over features). A feature
 * that is constant, decoded or in a candidate, has no correlation and counts as 0.
 *
 * @param decoded reconstruction from EEG, [features][samples]
 * @param candidates true features of each source, [sources][features][samples]
 * @throws ToolkitError `bad-shape` for fewer than two candidates or features or lengths that differ, `bad-value` if
 *   something is not finite
 */
export function decideAttention(
  decoded: readonly Float64Array[],
  candidates: readonly (readonly Float64Array[])[],
): AttentionDecision {
  const who = "decideAttention";
  if (decoded.length === 0) throw new ToolkitError("bad-shape", `${who}: no decoded features; at least one is needed`);
  if (candidates.length < 2) {
    throw new ToolkitError("bad-shape", `${who}: ${candidates.length} candidates; at least 2 are needed`);
  }
  const correlations = candidates.map((candidate, s) => {
    if (candidate.length !== decoded.length) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: candidate ${s} has ${candidate.length} features; ${decoded.length} were decoded`,
      );
    }
    let sum = 0;
    for (const [f, feature] of candidate.entries()) {
      const correlation = pearson(decoded[f]!, feature);
      sum += Number.isNaN(correlation) ? 0 : correlation;
    }
    return sum / decoded.length;
  });
  const ordered = correlations.toSorted((a, b) => b - a);
  const margin = ordered[0]! - ordered[1]!;
  return { correlations, decided: margin > 0 ? correlations.indexOf(ordered[0]!) : -1, margin };
}

/** The outcome of one decision. */
export interface DecisionOutcome {
  /** Whether the attended source was decided for; a tie is wrong. */
  readonly correct: boolean;
  /** Number of candidates. */
  readonly sources: number;
}

/** How often decisions were right, and how likely that is by chance. */
export interface DecisionSummary {
  /** Share of right decisions. */
  readonly accuracy: number;
  /** Number of right decisions. */
  readonly correct: number;
  /** Number of decisions. */
  readonly count: number;
  /** Exact binomial interval of the accuracy. */
  readonly interval: Interval;
  /** Probability the interval is meant to hold. */
  readonly confidence: number;
  /** Expected accuracy of guessing: the mean of one over the number of candidates. */
  readonly chance: number;
  /** Probability of as many right decisions or more by guessing (exact, Poisson binomial; one-sided). */
  readonly pValue: number;
}

/** Default options of {@link summariseDecisions}. */
export const summariseDecisionsDefaults = { confidence: 0.95 } as const;

/**
 * Sums up decisions over trials, which may differ in their number of candidates.
 *
 * @param outcomes one a trial, at least one
 * @param options `confidence` of the interval, default 0.95
 * @throws ToolkitError `bad-shape` for no outcomes, `bad-option`
 */
export function summariseDecisions(
  outcomes: readonly DecisionOutcome[],
  options: { confidence?: number } = {},
): DecisionSummary {
  const who = "summariseDecisions";
  const { confidence } = { ...summariseDecisionsDefaults, ...options };
  const count = outcomes.length;
  if (count === 0) throw new ToolkitError("bad-shape", `${who}: no decisions given; at least one is needed`);
  checkNumber(who, "confidence", confidence, { above: 0 });
  for (const [i, { sources }] of outcomes.entries()) checkWhole(who, `sources of decision ${i}`, sources, 2);
  const guesses = outcomes.map(({ sources }) => 1 / sources);
  const correct = outcomes.filter((outcome) => outcome.correct).length;
  return {
    accuracy: correct / count,
    correct,
    count,
    interval: binomialInterval(correct, count, { confidence }),
    confidence,
    chance: guesses.reduce((sum, guess) => sum + guess, 0) / count,
    pValue: poissonBinomialUpperTail(correct, guesses),
  };
}
