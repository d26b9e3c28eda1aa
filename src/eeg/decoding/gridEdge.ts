import type { TrfLambda, TrfMethod } from "./trfOptions.ts";

/** The end of a grid of lambdas that the best one is at. */
export interface GridEdge {
  /** Which end. */
  readonly edge: "least" | "greatest";
  /** The lambda. */
  readonly lambda: number;
  /** Number of the band it is of, null where there is one lambda for all. */
  readonly band: number | null;
}

/**
 * Where the best lambda is the least or greatest of its grid and the grid could go on, which it cannot below 0 and beyond full
 * shrinkage.
 *
 * @param lambdas the grid
 * @param best number of the best one
 * @param method the lambdas are for
 * @returns one for each band that is at an end
 */
export function gridEdges(lambdas: readonly TrfLambda[], best: number, method?: TrfMethod): GridEdge[] {
  const bands = Math.max(...lambdas.map((lambda) => (typeof lambda === "number" ? 1 : lambda.length)));
  return Array.from({ length: bands }, (_, b): GridEdge[] => {
    const grid = lambdas.map((lambda) => (typeof lambda === "number" ? lambda : lambda[b]!));
    const lambda = grid[best]!;
    const [least, greatest] = [Math.min(...grid), Math.max(...grid)];
    const band = bands > 1 ? b : null;
    if (least === greatest) return [];
    if (lambda === least && least > 0) return [{ edge: "least", lambda, band }];
    if (lambda === greatest && !(method === "shrinkage" && greatest === 1)) return [{ edge: "greatest", lambda, band }];
    return [];
  }).flat();
}

/** The edges in words. */
export function gridEdgeWarnings(who: string, edges: readonly GridEdge[]): string[] {
  return edges.map(({ edge, lambda, band }) => {
    const ofBand = band === null ? "" : ` of band ${band}`;
    return `${who}: the best lambda${ofBand}, ${lambda}, is the ${edge} of its grid; try ${edge === "least" ? "smaller" : "greater"} ones`;
  });
}
