import { ToolkitError } from "../../core/error.ts";
import { binomialInterval, type Interval } from "../../numeric/binomial.ts";

/** Which source of which mixture a trial asked the listener to attend to. */
export interface TargetTrial {
  /** Name of the mixture. */
  readonly mixture: string;
  /** Name of the attended source. */
  readonly target: string;
  /** Names of all sources of the mixture, where known. */
  readonly sources?: readonly string[];
}

/** How often each source of a mixture was attended. */
export interface MixtureTargets {
  /** Name of the mixture. */
  readonly mixture: string;
  /** Number of trials of it. */
  readonly count: number;
  /** Number of trials of each target, [targets], in the order of the table; 0 for one never attended or not in the mixture. */
  readonly counts: readonly number[];
  /** False if one target only: the mixture itself tells which, and a decoder needs no EEG. */
  readonly identifiable: boolean;
  /** Sources of the mixture that were never attended, where sources are known. */
  readonly neverAttended: readonly string[];
}

/** Mixtures by targets. */
export interface IdentifiabilityTable {
  /** Names of the targets, in order of appearance. */
  readonly targets: readonly string[];
  /** One row a mixture, in order of appearance. */
  readonly mixtures: readonly MixtureTargets[];
  /** Names of mixtures with one target only. */
  readonly flagged: readonly string[];
  /** Number of trials. */
  readonly count: number;
  /** Number of trials of flagged mixtures. */
  readonly flaggedCount: number;
  /**
   * Accuracy of always naming the most frequent target of the mixture, EEG unseen: the bar that decoding has to pass where a
   * mixture may be in training and test. It looks at the trials it is counted on, so it is optimistic for few a mixture.
   */
  readonly blindAccuracy: number;
  /** Exact binomial interval (95 %) of it. */
  readonly blindInterval: Interval;
  /** The least it can be: each mixture's targets equally frequent, mean over trials. */
  readonly chance: number;
}

/**
 * Counts targets by mixture. A mixture whose listeners always attended to the same source cannot tell decoding of attention from
 * recognition of the mixture.
 *
 * @param trials at least one
 * @throws ToolkitError `bad-shape` for no trials, `bad-value` for a target that is no source of its mixture
 */
export function identifiabilityTable(trials: readonly TargetTrial[]): IdentifiabilityTable {
  const who = "identifiabilityTable";
  if (trials.length === 0) throw new ToolkitError("bad-shape", `${who}: no trials given; at least one is needed`);
  const targets = [...new Set(trials.map(({ target }) => target))];
  const byMixture = new Map<string, TargetTrial[]>();
  for (const [t, trial] of trials.entries()) {
    if (trial.sources !== undefined && !trial.sources.includes(trial.target)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: trial ${t} attends to "${trial.target}", which is no source of "${trial.mixture}"`,
      );
    }
    byMixture.set(trial.mixture, [...(byMixture.get(trial.mixture) ?? []), trial]);
  }
  const mixtures = [...byMixture].map(([mixture, own]): MixtureTargets => {
    const counts = targets.map((target) => own.filter((trial) => trial.target === target).length);
    const sources = new Set(own.flatMap((trial) => trial.sources ?? []));
    return {
      mixture,
      count: own.length,
      counts,
      identifiable: counts.filter((count) => count > 0).length > 1,
      neverAttended: [...sources].filter((source) => !own.some((trial) => trial.target === source)),
    };
  });
  const flagged = mixtures.filter(({ identifiable }) => !identifiable);
  const blind = mixtures.reduce((sum, { counts }) => sum + Math.max(...counts), 0);
  const distinct = ({ counts }: MixtureTargets) => counts.filter((count) => count > 0).length;
  return {
    targets,
    mixtures,
    flagged: flagged.map(({ mixture }) => mixture),
    count: trials.length,
    flaggedCount: flagged.reduce((sum, { count }) => sum + count, 0),
    blindAccuracy: blind / trials.length,
    blindInterval: binomialInterval(blind, trials.length),
    chance: mixtures.reduce((sum, row) => sum + row.count / distinct(row), 0) / trials.length,
  };
}
