import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { FloatArray } from "../core/matrix.ts";

/** When an iterative factorization stops and what it reports. */
export interface DescentOptions {
  /** Most iterations. Default 200. */
  iterations?: number;
  /** Stop when ten iterations lower the cost by less than this share of the first cost; 0 never does. Default 1e-4. */
  tolerance?: number;
  /** Stop at the first iteration after so many seconds. Default no limit. */
  maxSeconds?: number;
  /** Compute the cost every so many iterations. Default 1; 10 saves a third of the time with few components. */
  costEvery?: number;
  /** Called after each iteration with its number, from 1, and the last cost that was computed. */
  onIteration?: (iteration: number, cost: number) => void;
  /** Stops between two iterations; the factors so far are returned, with `stop: "aborted"`. */
  signal?: AbortSignal;
  /** Goes on where a checkpoint was taken, with the same data and options: the result is the same, bit for bit. */
  resume?: Checkpoint;
  /** Called with a checkpoint after every `checkpointEvery` iterations. */
  onCheckpoint?: (checkpoint: Checkpoint) => void;
  /** Iterations between two checkpoints. Default 100. */
  checkpointEvery?: number;
}

/** Defaults of `DescentOptions`. */
export const descentDefaults = {
  iterations: 200,
  tolerance: 1e-4,
  maxSeconds: Number.POSITIVE_INFINITY,
  costEvery: 1,
  checkpointEvery: 100,
} as const satisfies DescentOptions;

/** `DescentOptions` that have no default. */
export type OpenDescentOption = "onIteration" | "signal" | "resume" | "onCheckpoint";

/** The state of a factorization between two iterations; plain data, see `encodeCheckpoint`. */
export interface Checkpoint {
  /** The problem it belongs to: function, sizes, divergence and precision, in words. */
  readonly method: string;
  /** Iterations done. */
  readonly iterations: number;
  /** The cost so far, without that of the last factors. */
  readonly cost: readonly number[];
  /** Where the comparison with the tolerance stands: iteration and cost. */
  readonly checked: readonly [number, number];
  /** The exponent's factor of the next step and whether the next steps are plain. */
  readonly relaxation: readonly [number, boolean];
  /** Factors and whatever else the rule carries from one iteration to the next. */
  readonly arrays: Readonly<Record<string, FloatArray>>;
  /** The same at the last cost, to which an over-relaxed step may have to return. */
  readonly backup?: Readonly<Record<string, FloatArray>>;
}

/** How a factorization ended. */
export interface DescentResult {
  /** The cost before the first iteration, after every `costEvery` iterations, and at the end. */
  cost: number[];
  /** Why it ended. */
  stop: "tolerance" | "iterations" | "time" | "aborted";
  /** Iterations done. */
  iterations: number;
  /** The state at the end, from which more iterations can be done. */
  checkpoint: Checkpoint;
}

/** One iteration in two halves, so that the cost comes out of work the update needs anyway. */
export interface UpdateRule {
  /** Prepares the update; with `withCost` returns the cost of the factors as they are. */
  prepare(withCost: boolean): number;
  /** Carries out what was prepared and the rest of the iteration; `relaxation` multiplies the exponents of the steps. */
  update(relaxation: number): void;
  /** The cost of the factors as they are. */
  cost(): number;
  /** Everything that the rule carries from one iteration to the next, live. */
  readonly state: Readonly<Record<string, FloatArray>>;
  /** Takes over what was written into `state`. */
  restored(): void;
}

/** What `descend` needs to know beside `DescentOptions`. */
export interface DescentSetting {
  /** What runs, in words, for checkpoints: one is resumed by the same words only. */
  method: string;
  /**
   * Largest factor of the steps' exponents; 1 is the plain rule. Steps with a factor above 1 are kept only where the cost does
   * not rise, else they are taken back and plain ones are done.
   */
  overRelaxation?: number;
}

type ResolvedDescent = DescentOptions & Required<Pick<DescentOptions, keyof typeof descentDefaults>>;

/** Iterations between two comparisons with the tolerance, as in scikit-learn. */
const checkInterval = 10;

/**
 * Runs updates until the cost settles or the iterations are used up.
 *
 * @param rule the update
 * @param options resolved and checked by the caller
 * @param setting see `DescentSetting`
 * @throws ToolkitError `bad-option`, `bad-shape` for a checkpoint of another problem
 */
export function descend(
  rule: UpdateRule,
  options: ResolvedDescent,
  { method, overRelaxation = 1 }: DescentSetting,
): DescentResult {
  const { iterations, tolerance, costEvery, maxSeconds, onIteration, signal, resume } = options;
  if (resume && resume.method !== method) {
    throw new ToolkitError(
      "bad-option",
      `resume: the checkpoint is one of ${resume.method}, this run is ${method}; data and options must be those of the interrupted run`,
    );
  }
  const cost: number[] = resume ? [...resume.cost] : [];
  let done = resume?.iterations ?? 0;
  let [checkedAt, checkedCost] = resume?.checked ?? [0, 0];
  let [relaxation, plain] = resume?.relaxation ?? [overRelaxation, false];
  relaxation = Math.min(relaxation, overRelaxation);
  let backup = overRelaxation > 1 && resume?.backup ? copyOf(resume.backup) : undefined;
  if (resume) restore(rule, resume.arrays);
  const started = performance.now();

  const checkpoint = (): Checkpoint => ({
    method,
    iterations: done,
    cost: [...cost],
    checked: [checkedAt, checkedCost],
    relaxation: [relaxation, plain],
    arrays: copyOf(rule.state),
    ...(backup && { backup: copyOf(backup) }),
  });
  /** Whether over-relaxed steps since the last cost have raised it. */
  const isRaised = (value: number): boolean => backup !== undefined && !plain && value > cost.at(-1)!;
  /** The checkpoint has the factors as they are; the result goes back by an over-relaxed step that raised the cost. */
  const finish = (stop: DescentResult["stop"], last: number): DescentResult => {
    const state = checkpoint();
    const raised = isRaised(last);
    if (raised) restore(rule, backup!);
    return { cost: [...cost, raised ? cost.at(-1)! : last], stop, iterations: done, checkpoint: state };
  };
  for (; ; done++) {
    if (done >= iterations) return finish("iterations", rule.cost());
    if (signal?.aborted) return finish("aborted", rule.cost());
    if (performance.now() - started > 1000 * maxSeconds) return finish("time", rule.cost());
    const withCost = done % costEvery === 0;
    let value = rule.prepare(withCost);
    if (withCost) {
      const raised = isRaised(value);
      const kept = raised ? cost.at(-1)! : value;
      if (done === 0) checkedCost = value;
      if (tolerance > 0 && done - checkedAt >= checkInterval) {
        if (checkedCost - kept < tolerance * Math.abs(cost[0]!)) return finish("tolerance", value);
        checkedAt = done;
        checkedCost = kept;
      }
      if (overRelaxation > 1) {
        plain = raised;
        if (raised) {
          restore(rule, backup!);
          relaxation = 1 + (relaxation - 1) / 2;
          rule.prepare(false);
          value = kept;
        } else {
          relaxation = Math.min(overRelaxation, 1 + 1.1 * (relaxation - 1));
        }
        backup = copyOf(rule.state);
      }
      cost.push(value);
    }
    rule.update(plain ? 1 : relaxation);
    onIteration?.(done + 1, cost.at(-1)!);
    if (options.onCheckpoint && (done + 1) % options.checkpointEvery === 0) {
      done++;
      options.onCheckpoint(checkpoint());
      done--;
    }
  }
}

/**
 * Checks the options that say when to stop.
 *
 * @throws ToolkitError `bad-option`
 */
export function checkDescent(who: string, options: ResolvedDescent): void {
  checkWhole(who, "iterations", options.iterations, 0);
  checkNumber(who, "tolerance", options.tolerance, { from: 0 });
  checkWhole(who, "costEvery", options.costEvery, 1);
  checkWhole(who, "checkpointEvery", options.checkpointEvery, 1);
  if (!(options.maxSeconds > 0)) {
    throw new ToolkitError("bad-option", `${who}: maxSeconds is ${options.maxSeconds}; it must be above 0`);
  }
}

function copyOf(arrays: Readonly<Record<string, FloatArray>>): Record<string, FloatArray> {
  return Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));
}

function restore(rule: UpdateRule, arrays: Readonly<Record<string, FloatArray>>): void {
  for (const [name, target] of Object.entries(rule.state)) {
    const values = arrays[name];
    if (values?.length !== target.length || values.BYTES_PER_ELEMENT !== target.BYTES_PER_ELEMENT) {
      const found = values ? `${values.length} numbers of ${values.BYTES_PER_ELEMENT} bytes` : "nothing";
      throw new ToolkitError(
        "bad-shape",
        `resume: the checkpoint has ${found} for ${name}, this run ${target.length} of ${target.BYTES_PER_ELEMENT}; data and options must be those of the interrupted run`,
      );
    }
    target.set(values);
  }
  rule.restored();
}
