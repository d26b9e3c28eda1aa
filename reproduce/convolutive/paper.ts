import type { ConvolutiveUpdate } from "../../src/separation/convolutiveNmf.ts";

/** The divergences compared: Itakura-Saito of powers, Kullback-Leibler and half the squared distance of magnitudes. */
export const betas = [0, 1, 2] as const;
/** The lengths of a patch. */
export const templateLengths = [3, 5, 10] as const;
/** The algorithms, in the paper's order. */
export const updates = ["heuristic", "mm1", "mm2"] as const satisfies readonly ConvolutiveUpdate[];

/** What an algorithm did at one beta and one T. */
export interface Outcome {
  readonly beta: number;
  readonly templateFrames: number;
  readonly update: ConvolutiveUpdate;
  /** Time of an iteration; NaN where it was not taken. */
  readonly milliseconds: number;
  /** Final objective: number of starts, mean and standard deviation over them, in thousands (in the paper at beta 0 only). */
  readonly starts: number;
  readonly objective: number;
  readonly deviation: number;
  /** Iterations in which the objective rose, in per cent: mean and standard deviation over the starts. */
  readonly rises: number;
  readonly risesDeviation: number;
}

/** T, algorithm; for each beta milliseconds, objective, deviation, rises in per cent, their deviation. */
type Line = readonly [number, ConvolutiveUpdate, ...(readonly [number, number, number, number, number])[]];

const lines: readonly Line[] = [
  [3, "heuristic", [41, 312.4, 4.2, 11.6, 12.9], [35, 1190.0, 13.7, 26.7, 24.3], [34, 134.8, 2.0, 24.6, 22.1]],
  [3, "mm1", [360, 288.5, 3.3, 0, 0], [302, 1125.8, 11.6, 0, 0], [149, 119.0, 2.5, 0, 0]],
  [3, "mm2", [247, 288.6, 3.2, 0, 0], [203, 1126.1, 11.2, 0, 0], [87, 119.3, 2.4, 0, 0]],
  [5, "heuristic", [76, 320.7, 5.1, 15.7, 17.8], [54, 1208.4, 14.4, 21.0, 21.5], [65, 147.0, 4.3, 19.6, 13.4]],
  [5, "mm1", [523, 281.6, 3.4, 0, 0], [321, 1099.2, 12.1, 0, 0], [220, 114.4, 2.0, 0, 0]],
  [5, "mm2", [426, 285.4, 3.3, 0, 0], [263, 1098.4, 11.4, 0, 0], [142, 115.3, 1.9, 0, 0]],
  [10, "heuristic", [136, 337.2, 11.3, 2.1, 6.6], [112, 1246.4, 34.3, 19.0, 24.0], [119, 211.2, 24.6, 39.5, 17.8]],
  [10, "mm1", [1045, 271.5, 3.8, 0, 0], [890, 1054.9, 12.5, 0, 0], [450, 107.7, 2.0, 0, 0]],
  [10, "mm2", [860, 276.3, 3.7, 0, 0], [611, 1054.9, 14.2, 0, 0], [292, 108.0, 2.2, 0, 0]],
];

/**
 * Tables 2 to 4 of Fagot, Wendt, Févotte & Smaragdis 2019: 100 random starts of 1000 iterations, MATLAB, one core of a Xeon
 * E5-2690v2. The paper gives no rises for MM1 and MM2, as they have none.
 */
export const paperOutcomes: readonly Outcome[] = lines.flatMap(([templateFrames, update, ...columns]) =>
  columns.map(([milliseconds, objective, deviation, rises, risesDeviation], i) => ({
    beta: betas[i]!,
    templateFrames,
    update,
    milliseconds,
    starts: 100,
    objective,
    deviation,
    rises,
    risesDeviation,
  })),
);

/** The outcome of one algorithm at one beta and one T. */
export function outcomeOf(
  outcomes: readonly Outcome[],
  { beta, templateFrames, update }: Pick<Outcome, "beta" | "templateFrames" | "update">,
): Outcome {
  const found = outcomes.find(
    (outcome) => outcome.beta === beta && outcome.templateFrames === templateFrames && outcome.update === update,
  );
  if (!found) throw new Error(`no outcome of ${update} at beta ${beta}, T ${templateFrames}`);
  return found;
}
