import { checkChoice, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, row } from "../core/matrix.ts";
import { columnsBytes, columnsUpdate, heuristicUpdate } from "./convolutiveUpdates.ts";
import { type DescentResult, descend } from "./descent.ts";
import {
  type FactorizationOptions,
  factorizationDefaults,
  learntRows,
  monotoneExponent,
  type OpenFactorizationOption,
  prepareData,
} from "./factorizationOptions.ts";
import { multiplicativeRule } from "./multiplicativeRule.ts";
import { inPrecision, scaled, sum } from "./scaling.ts";
import { createTemplateModel, normalizePatches, type TemplateModel } from "./templateModel.ts";

/**
 * How the activations are updated (Fagot, Wendt, Févotte & Smaragdis 2019).
 *
 * - `mm2` all columns at once by eq. 12
 * - `mm1` column after column by eq. 12, V refreshed in between; several times slower, ends at about the same cost
 * - `heuristic` the mean of the shifts' own updates, eq. 7 and 8, as most implementations have it; its cost may rise
 */
export type ConvolutiveUpdate = "mm2" | "mm1" | "heuristic";

const updates: readonly ConvolutiveUpdate[] = ["mm2", "mm1", "heuristic"];

/** Options of `convolutiveNmf`. */
export interface ConvolutiveNmfOptions extends FactorizationOptions {
  /** Length T of each component's patch in frames, from 1 (plain NMF) to the number of frames. */
  templateFrames: number;
  /** How the activations are updated. Default `mm2`. */
  update?: ConvolutiveUpdate;
  /** Components whose patches stay as `start.dictionary` has them: all (`true`), none or those listed. Default false. */
  fixDictionary?: boolean | readonly number[];
}

/** Defaults of `convolutiveNmf`. */
export const convolutiveNmfDefaults = {
  ...factorizationDefaults,
  update: "mm2",
  fixDictionary: false,
} as const satisfies Omit<Required<ConvolutiveNmfOptions>, OpenFactorizationOption | "templateFrames">;

/** Options of `convolutiveNmf` with every default filled in. */
export type ResolvedConvolutiveNmfOptions = ConvolutiveNmfOptions &
  Required<Omit<ConvolutiveNmfOptions, OpenFactorizationOption>>;

/** What `convolutiveNmf` found. */
export interface ConvolutiveNmfResult extends DescentResult {
  /**
   * The patches, [components * templateFrames, bins]: row k * templateFrames + t is w_k(t), so that the patch of one
   * component is a spectrogram [templateFrames, bins] of its own. Each patch that was learnt sums to 1.
   */
  dictionary: Matrix;
  /** H, [components, frames]: how strongly each patch starts at each frame. */
  activations: Matrix;
  /** T, length of a patch in frames. */
  templateFrames: number;
  /** What computed the products. */
  accelerator: string;
  /** What is questionable but no error. */
  warnings: string[];
  /** The options as they were used. */
  options: ResolvedConvolutiveNmfOptions;
}

const who = "convolutiveNmf";

/**
 * Convolutive non-negative matrix factorization for the beta-divergence: v_n = sum over t of W(t) h_{n-t}, each component a
 * patch of T spectra.
 *
 * Updates of Fagot, Wendt, Févotte & Smaragdis 2019: the activations by eq. 12, which sums over I(n) = [n, min(n + T - 1, N)],
 * then all patches by eq. 6 from one V. MM1 and MM2 never raise the cost; the heuristic is there to be compared with. Single
 * precision by default, the cost summed in double. T = 1 is `nmf`.
 *
 * @param spectrogram X, magnitudes or powers, [frames, bins]
 * @param options see `ConvolutiveNmfOptions`
 * @throws ToolkitError `bad-value` for negative, not finite or all-zero data and for zeros with beta <= 0, `bad-shape` for a start
 *   that does not fit, `bad-option`, `not-found` for a BLAS that is not there
 */
export function convolutiveNmf(spectrogram: Matrix, options: ConvolutiveNmfOptions): ConvolutiveNmfResult {
  const resolved: ResolvedConvolutiveNmfOptions = { ...convolutiveNmfDefaults, ...options };
  const { components, templateFrames, beta, precision, accelerator, update, fixDictionary, start } = resolved;
  checkWhole(who, "templateFrames", templateFrames, 1, spectrogram.rows);
  const data = prepareData(who, spectrogram, resolved, templateFrames);
  checkChoice(who, "update", update, updates);
  if (fixDictionary !== false && !start?.dictionary) {
    throw new ToolkitError(
      "bad-option",
      `${who}: fixDictionary is set but start.dictionary is missing; give the patches to keep`,
    );
  }
  const { unit } = data;
  const { rows: frames, columns: bins } = spectrogram;
  const extraBytes = update === "mm1" ? columnsBytes(spectrogram, templateFrames, components) : 0;
  const template = createTemplateModel(
    data.spectrogram,
    data.factor("dictionary", components * templateFrames, bins),
    data.factor("activations", components, frames),
    { beta, precision, accelerator, extraBytes },
  );
  const { model } = template;
  const exponent = monotoneExponent(beta);
  const rule = multiplicativeRule(template, {
    order: "hw",
    exponent,
    weightActivations: 0,
    weightDictionary: 0,
    learntActivations: learntRows(who, "fixActivations", false, components),
    learntDictionary: learntRows(who, "fixDictionary", fixDictionary, components, templateFrames),
    costOf: (divergence) => unit ** (2 * beta) * divergence,
    ...(update === "mm1" && { activations: columnsUpdate(template, data.spectrogram, exponent) }),
    ...(update === "heuristic" && { activations: heuristicUpdate(template, exponent) }),
  });
  const outcome = descend(rule, resolved, { method: data.description });
  return {
    ...outcome,
    ...scaledPatches(template, unit, resolved),
    templateFrames,
    accelerator: model.accelerator,
    warnings: data.warnings,
    options: resolved,
  };
}

/** The factors in the spectrogram's units: patches that were learnt sum to 1, those that were given are as they were. */
function scaledPatches(template: TemplateModel, unit: number, options: ResolvedConvolutiveNmfOptions) {
  const { model, components, templateFrames } = template;
  const { fixDictionary, start, precision } = options;
  const { bins, frames } = model;
  normalizePatches(template);
  const dictionary = scaled({ rows: components * templateFrames, columns: bins, data: template.dictionary }, 1);
  const activations = scaled({ rows: components, columns: frames, data: template.activations }, unit ** 2);
  const isGiven = (k: number) => (typeof fixDictionary === "boolean" ? fixDictionary : fixDictionary.includes(k));
  for (let k = 0; k < components; k++) {
    if (!start?.dictionary || !isGiven(k)) continue;
    const first = k * templateFrames * bins;
    const given = start.dictionary.data.subarray(first, first + templateFrames * bins);
    dictionary.data.set(given, first);
    const total = sum(given) || 1;
    const gains = row(activations, k);
    for (let n = 0; n < frames; n++) gains[n]! /= total;
  }
  return { dictionary: inPrecision(dictionary, precision), activations: inPrecision(activations, precision) };
}
