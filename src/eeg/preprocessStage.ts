import { ToolkitError } from "../core/error.ts";
import { type ButterworthOptions, butterworth } from "../signal/butterworth.ts";
import { type Filtering, zeroPhaseFiltering } from "../signal/filtering.ts";
import { createCausalFilter, type FilterDesign, filterSignal } from "../signal/filterSignal.ts";
import { type FirDesignOptions, firDesign, firDesignDefaults } from "../signal/firDesign.ts";
import { notch, notchDefaults } from "../signal/notch.ts";
import { Resampler, rationalRatio } from "../signal/resample.ts";
import { applyZScore } from "../signal/zScore.ts";
import { channelIndices } from "./eegSignal.ts";
import { subtractOcular } from "./ocularRegression.ts";
import type { AppliedStep, PreprocessOptions, StreamableStep } from "./preprocessSteps.ts";
import { applyReference, planReference } from "./reference.ts";

type Channels = readonly Float64Array[];

/** What a stage starts from. */
export interface StageInput extends Required<PreprocessOptions> {
  readonly names: readonly string[];
  readonly rateHz: number;
}

/** A step at work on blocks. */
export interface Stage {
  /** Channels that come out. */
  readonly names: readonly string[];
  /** Their rate. */
  readonly rateHz: number;
  /** What the step does to time, if it filters. */
  readonly filtering: Filtering | undefined;
  readonly applied: AppliedStep;
  /** Takes the next block, [channels, samples]. */
  push(channels: Channels): Channels;
  /** Ends the signal: what was held back, if anything. */
  flush?(): Channels;
}

/**
 * Makes the stage of a step. A zero-phase filter's stage filters each block for itself and is for whole signals only.
 *
 * @throws ToolkitError as the step's own function
 */
export function createStage(step: StreamableStep, input: StageInput): Stage {
  const { names, rateHz } = input;
  const { step: name, ...given } = step;
  const same = { names, rateHz, filtering: undefined };
  const applied = (options: object = {}, outcome: Record<string, unknown> = {}): AppliedStep => ({
    step: name,
    options: { ...given, ...options },
    outcome,
  });
  switch (step.step) {
    case "pick": {
      const indices = channelIndices("preprocess", names, step.channels);
      if (indices.length === 0)
        throw new ToolkitError("bad-option", "preprocess: step pick keeps no channel; name some");
      const push = (channels: Channels) => indices.map((index) => channels[index]!.slice());
      return { ...same, names: [...step.channels], applied: applied(), push };
    }
    case "reference": {
      const bad = [...new Set([...input.bad, ...(step.bad ?? [])])].filter((channel) => names.includes(channel));
      const plan = planReference(names, { ...step, bad });
      const push = (channels: Channels) => applyReference(names, channels, plan);
      return { ...same, applied: applied({ exclude: step.exclude ?? [], bad }, { ...plan }), push };
    }
    case "notch": {
      const { phase: _, ...options } = { ...notchDefaults, ...given, rateHz } as typeof step & { rateHz: number };
      return filterStage({ sections: notch(options) }, step.phase, input, (outcome) => applied(options, outcome));
    }
    case "butterworth": {
      const design = { sections: butterworth({ ...step, rateHz } as ButterworthOptions) };
      return filterStage(design, step.phase, input, (outcome) => applied({ rateHz }, outcome));
    }
    case "fir": {
      const options = { ...firDesignDefaults, ...given, rateHz } as unknown as FirDesignOptions;
      return filterStage({ taps: firDesign(options) }, step.phase, input, (outcome) => applied(options, outcome));
    }
    case "ocular": {
      const { model } = step;
      channelIndices("preprocess", names, [...model.eog, ...model.channels]);
      const push = (channels: Channels) => subtractOcular(names, channels, model);
      return { ...same, applied: applied(), push };
    }
    case "resample": {
      const ratio = rationalRatio(rateHz, step.toHz);
      const resampler = new Resampler(ratio, { channels: names.length, padding: "hold" });
      const { push, flush } = {
        push: (channels: Channels) => resampler.push(channels),
        flush: () => resampler.flush(),
      };
      return { ...same, rateHz: step.toHz, applied: applied({ rateHz, padding: "hold" }, { ...ratio }), push, flush };
    }
    case "zScore": {
      const { scaler } = step;
      if (scaler.mean.length !== names.length) {
        throw new ToolkitError(
          "bad-shape",
          `preprocess: step zScore has a scaler of ${scaler.mean.length} channels; the signal has ${names.length}`,
        );
      }
      return { ...same, applied: applied(), push: (channels) => applyZScore(scaler, channels) };
    }
    default:
      throw new ToolkitError(
        "bad-option",
        `preprocess: there is no step "${String((step as { step: unknown }).step)}"`,
      );
  }
}

function filterStage(
  design: FilterDesign,
  phase: unknown,
  input: StageInput,
  applied: (outcome: Record<string, unknown>) => AppliedStep,
): Stage {
  const { names, rateHz, start, delayAtHz } = input;
  if (phase === "zero") {
    const push = (channels: Channels) => filterSignal({ rateHz, channels }, design, { phase }).signal.channels;
    return { names, rateHz, filtering: zeroPhaseFiltering, applied: applied({ ...zeroPhaseFiltering }), push };
  }
  if (phase !== "causal") {
    throw new ToolkitError("bad-option", `preprocess: phase is "${String(phase)}"; it must be zero or causal`);
  }
  const { filter, filtering } = createCausalFilter(design, { rateHz, channels: names.length, start, delayAtHz });
  const outcome = { ...filtering, start };
  return { names, rateHz, filtering, applied: applied(outcome), push: (channels) => filter.push(channels) };
}
