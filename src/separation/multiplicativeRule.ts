import type { FloatArray } from "../core/matrix.ts";
import type { UpdateRule } from "./descent.ts";
import type { UpdateTerms } from "./factorModel.ts";
import type { TemplateModel } from "./templateModel.ts";

/**
 * Which factor is updated first.
 *
 * - `hw` the activations, as in the papers
 * - `wh` the dictionary, as scikit-learn does for X as bins x frames
 * - `joint` both from one V: a majorizer of the cost in both factors at once is minimised over H, then over W, which needs three
 *   products in place of four and lowers the cost somewhat less an iteration (Marmin, Goulart & Févotte 2023). Beta 1 only
 */
export type UpdateOrder = "hw" | "wh" | "joint";

/** How the activations of one iteration are found. */
export interface ActivationUpdate {
  /** Prepares it; the divergence of the factors as they are if asked for, else NaN. */
  prepare(withDivergence: boolean): number;
  /** Carries it out, `relaxation` multiplying the exponent. */
  apply(relaxation: number): void;
}

/** What a rule is made of beside the model. */
export interface MultiplicativeSetting {
  order: UpdateOrder;
  /** Exponent of the steps. */
  exponent: number;
  /** Weights of the L1 norms, in the model's units. */
  weightActivations: number;
  weightDictionary: number;
  /** Rows that are learnt, as runs of neighbours. */
  learntActivations: readonly [number, number][];
  learntDictionary: readonly [number, number][];
  /** The cost from the divergence. */
  costOf(divergence: number): number;
  /** In place of the multiplicative step of the activations. */
  activations?: ActivationUpdate;
}

/**
 * The alternating multiplicative update of Lee & Seung 2001 for the beta-divergence, with or without templates: each factor
 * times `(numerator / (denominator + weight))^exponent`.
 *
 * @param template the model, changed by each iteration
 * @param setting see {@link MultiplicativeSetting}
 */
export function multiplicativeRule(template: TemplateModel, setting: MultiplicativeSetting): UpdateRule {
  const { model } = template;
  const { order, exponent, costOf, learntActivations, learntDictionary } = setting;
  const { kernels } = model.arena;
  const step = (
    target: FloatArray,
    { numerator, denominator }: UpdateTerms,
    columns: number,
    runs: readonly [number, number][],
    weight: number,
    relaxation: number,
  ) => {
    const bytes = target.BYTES_PER_ELEMENT * columns;
    for (const [first, count] of runs) {
      kernels.multiplicativeStep(
        target.byteOffset + first * bytes,
        numerator.byteOffset + first * bytes,
        denominator.byteOffset + first * bytes,
        weight,
        exponent * relaxation,
        count * columns,
      );
    }
  };
  const stepActivations = (relaxation: number) => {
    const { activations, activationTerms } = template;
    step(activations, activationTerms, model.frames, learntActivations, setting.weightActivations, relaxation);
    template.shift();
  };
  const stepDictionary = (relaxation: number) => {
    const { dictionary, dictionaryTerms } = model;
    step(dictionary, dictionaryTerms, model.bins, learntDictionary, setting.weightDictionary, relaxation);
  };
  const activations: ActivationUpdate = setting.activations ?? {
    prepare: template.computeActivationTerms,
    apply: stepActivations,
  };
  const dictionary = { prepare: model.computeDictionaryTerms, apply: stepDictionary };
  const learnt = [
    ...(learntActivations.length > 0 ? [activations] : []),
    ...(learntDictionary.length > 0 ? [dictionary] : []),
  ];
  const [first, second] = order === "wh" ? [...learnt].reverse() : learnt;
  const joint = order === "joint" && second !== undefined;

  return {
    prepare: (withCost) => {
      if (joint) return costOf(template.computeJointTerms(withCost));
      return costOf(first ? first.prepare(withCost) : withCost ? model.divergence() : Number.NaN);
    },
    update: (relaxation) => {
      first?.apply(relaxation);
      if (joint) {
        // the majorizer's other half: the same numerator over the sums of the new activations
        const { denominator } = model.dictionaryTerms;
        const bytes = denominator.BYTES_PER_ELEMENT;
        for (let k = 0; k < model.components; k++) {
          const sum = kernels.sum(model.activations.byteOffset + bytes * k * model.frames, model.frames);
          kernels.fill(denominator.byteOffset + bytes * k * model.bins, sum, model.bins);
        }
        stepDictionary(relaxation);
      } else if (second) {
        second.prepare(false);
        second.apply(relaxation);
      }
    },
    cost: () => costOf(model.divergence()),
    state: { dictionary: model.dictionary, activations: template.activations },
    restored: template.shift,
  };
}
