import { ToolkitError } from "../core/error.ts";
import { type BlockToeplitzFactor, factorBlockToeplitz } from "../numeric/blockToeplitz.ts";

/** What `auto` resorts to. */
const fallbackLoading = 1e-12;

/** How the normal equations were solved, so that a score can be judged. */
export interface BssEvalEquations {
  /** `none` where there was nothing that could be solved; the numbers are NaN then. */
  readonly solver: "block-toeplitz-cholesky" | "none";
  /** Number of unknowns: channels in the equations times taps. */
  readonly unknowns: number;
  /** White noise assumed on each reference channel, relative to its energy: the jitter on the diagonal. */
  readonly diagonalLoading: number;
  /** Smallest relative pivot: 1 for white references, near 0 for nearly dependent ones. */
  readonly smallestPivot: number;
  /** Reciprocal condition number of the equations as solved, in the 1-norm, scaled to a unit diagonal; estimated (Higham 1988). */
  readonly reciprocalCondition: number;
}

/** The factored normal equations: of all series together, and of each source's alone. */
export interface NormalEquations {
  readonly diagonalLoading: number;
  /** Of all series together. */
  readonly joint: BlockToeplitzFactor;
  /** Of each group alone; that of a group that holds every series is the joint one. */
  readonly own: readonly BlockToeplitzFactor[];
}

/**
 * Factors the normal equations of the projections, assuming white noise on the references where that is asked for or, with
 * `auto`, where they cannot be factored without.
 *
 * @param who the function that asks, for messages
 * @param correlations `[series][series][taps]`, `correlations[i][j][m]` of series i against j at delay m
 * @param groups numbers of the series of each source that is scored
 * @param options `wanted`: noise relative to each series' energy, or `auto`; `nameSeries` for messages
 * @throws ToolkitError `bad-value` naming the series and delay that is a sum of the others; never with `auto`
 */
export function factorNormalEquations(
  who: string,
  correlations: readonly (readonly Float64Array[])[],
  groups: readonly (readonly number[])[],
  options: { readonly wanted: number | "auto"; readonly nameSeries: (series: number) => string },
): NormalEquations {
  const { wanted, nameSeries } = options;
  const factor = (loading: number) => factorLoaded(who, correlations, groups, { loading, nameSeries });
  if (wanted !== "auto") return factor(wanted);
  try {
    return factor(0);
  } catch (error) {
    if (!(error instanceof ToolkitError && error.code === "bad-value")) throw error;
    return factor(fallbackLoading);
  }
}

/**
 * What results say of the equations.
 *
 * @param normal undefined where nothing could be solved
 * @param unknowns how many there are
 */
export function equationsOf(normal: NormalEquations | undefined, unknowns: number): BssEvalEquations {
  if (!normal) {
    const nothing = Number.NaN;
    return { solver: "none", unknowns, diagonalLoading: nothing, smallestPivot: nothing, reciprocalCondition: nothing };
  }
  const { diagonalLoading, joint } = normal;
  return {
    solver: "block-toeplitz-cholesky",
    unknowns,
    diagonalLoading,
    smallestPivot: joint.smallestPivot,
    reciprocalCondition: joint.reciprocalCondition(),
  };
}

function factorLoaded(
  who: string,
  correlations: readonly (readonly Float64Array[])[],
  groups: readonly (readonly number[])[],
  options: { readonly loading: number; readonly nameSeries: (series: number) => string },
): NormalEquations {
  const { loading, nameSeries } = options;
  const loaded = correlations.map((row, i) =>
    row.map((lags, j) =>
      i === j && loading > 0 ? lags.map((value, lag) => (lag === 0 ? value * (1 + loading) : value)) : lags,
    ),
  );
  const joint = factorBlockToeplitz(loaded, { who, name: "reference", nameSeries });
  const own = groups.map((group) => {
    if (group.length === correlations.length) return joint;
    const part = group.map((i) => group.map((j) => loaded[i]![j]!));
    return factorBlockToeplitz(part, { who, name: "reference", nameSeries: (k) => `${nameSeries(group[k]!)}, alone,` });
  });
  return { diagonalLoading: loading, joint, own };
}
