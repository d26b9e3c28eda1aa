import { checkNumber, checkWhole } from "../core/check.ts";

/** When an iterative factorization stops and what it reports. */
export interface DescentOptions {
  /** Most iterations. Default 200. */
  iterations?: number;
  /** Stop when ten iterations lower the cost by less than this share of the first cost; 0 never does. Default 1e-4. */
  tolerance?: number;
  /** Compute the cost every so many iterations. Default 1; 10 saves a third of the time with few components. */
  costEvery?: number;
  /** Called after each iteration with its number, from 1, and the last cost that was computed. */
  onIteration?: (iteration: number, cost: number) => void;
  /** Stops between two iterations; the factors so far are returned, with `stop: "aborted"`. */
  signal?: AbortSignal;
}

/** Defaults of `DescentOptions`. */
export const descentDefaults = { iterations: 200, tolerance: 1e-4, costEvery: 1 } as const satisfies DescentOptions;

/** How a factorization ended. */
export interface DescentResult {
  /** The cost before the first iteration, after every `costEvery` iterations, and at the end. */
  cost: number[];
  /** Why it ended. */
  stop: "tolerance" | "iterations" | "aborted";
  /** Iterations done. */
  iterations: number;
}

/** One iteration in two halves, so that the cost comes out of work the update needs anyway. */
export interface UpdateRule {
  /** Prepares the update; with `withCost` returns the cost of the factors as they are. */
  prepare(withCost: boolean): number;
  /** Carries out what was prepared and the rest of the iteration. */
  update(): void;
  /** The cost of the factors as they are. */
  cost(): number;
}

/** Iterations between two comparisons with the tolerance, as in scikit-learn. */
const checkInterval = 10;

/**
 * Runs updates until the cost settles or the iterations are used up.
 *
 * @param rule the update
 * @param options resolved and checked by the caller
 */
export function descend(
  rule: UpdateRule,
  options: DescentOptions & Required<Pick<DescentOptions, keyof typeof descentDefaults>>,
): DescentResult {
  const { iterations, tolerance, costEvery, onIteration, signal } = options;
  const cost: number[] = [];
  let checkedAt = 0;
  let checkedCost = 0;
  for (let done = 0; ; done++) {
    const last = done === iterations || signal?.aborted === true;
    if (last) {
      cost.push(rule.cost());
      return { cost, stop: done === iterations ? "iterations" : "aborted", iterations: done };
    }
    const withCost = done % costEvery === 0;
    const value = rule.prepare(withCost);
    if (withCost) {
      cost.push(value);
      if (done === 0) checkedCost = value;
      if (tolerance > 0 && done - checkedAt >= checkInterval) {
        if (checkedCost - value < tolerance * Math.abs(cost[0]!)) return { cost, stop: "tolerance", iterations: done };
        checkedAt = done;
        checkedCost = value;
      }
    }
    rule.update();
    onIteration?.(done + 1, cost.at(-1)!);
  }
}

/**
 * Checks the options that say when to stop.
 *
 * @throws ToolkitError `bad-option`
 */
export function checkDescent(who: string, options: Required<Pick<DescentOptions, keyof typeof descentDefaults>>): void {
  checkWhole(who, "iterations", options.iterations, 0);
  checkNumber(who, "tolerance", options.tolerance, { from: 0 });
  checkWhole(who, "costEvery", options.costEvery, 1);
}
