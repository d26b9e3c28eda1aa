import type { ButterworthOptions } from "../signal/butterworth.ts";
import type { FilterPhase } from "../signal/filtering.ts";
import type { CausalFilteringOptions } from "../signal/filterSignal.ts";
import type { FirDesignOptions } from "../signal/firDesign.ts";
import type { NotchOptions } from "../signal/notch.ts";
import type { ZScore } from "../signal/zScore.ts";
import type { ArtefactOptions } from "./artefacts.ts";
import type { BadChannelOptions } from "./badChannels.ts";
import type { OcularModel } from "./ocularRegression.ts";
import type { ReferenceOptions } from "./reference.ts";

type WithoutRate<Options> = Options extends unknown ? Omit<Options, "rateHz"> : never;

/** Steps that can be done block by block: causal filters and what works sample by sample. */
export type StreamableStep =
  | {
      step: "pick";
      /** Channels to keep, in this order. */
      channels: readonly string[];
    }
  | ({ step: "reference" } & ReferenceOptions)
  | ({ step: "notch"; phase: FilterPhase } & WithoutRate<NotchOptions>)
  | ({ step: "butterworth"; phase: FilterPhase } & WithoutRate<ButterworthOptions>)
  | ({ step: "fir"; phase: FilterPhase } & WithoutRate<FirDesignOptions>)
  | {
      step: "ocular";
      /** From `fitOcular` on training signals that went through the same steps before. */
      model: OcularModel;
    }
  | {
      step: "resample";
      /** In a ratio of whole numbers to the rate before; see `resample`. */
      toHz: number;
    }
  | {
      step: "zScore";
      /** From `fitZScore` or `fitTrainingZScore` on training signals that went through the same steps before. */
      scaler: ZScore;
    };

/** Steps that need the whole signal. */
export type WholeStep =
  | ({
      step: "badChannels";
      /** `interpolate` by spherical splines, `drop` the channels, or only `mark` them: no part of later averages. */
      treatment: "interpolate" | "drop" | "mark";
    } & BadChannelOptions)
  | ({
      step: "artefacts";
      /** `interpolate` over time, or `exclude` the spans: they are listed in the result and the samples stay. */
      treatment: "interpolate" | "exclude";
      /** Longer spans are excluded, not interpolated. Default 0.5. */
      maxInterpolatedSeconds?: number;
    } & ArtefactOptions);

/** One step of a preprocessing, with its options. */
export type PreprocessStep = StreamableStep | WholeStep;

/** A step as it was applied. */
export interface AppliedStep {
  readonly step: PreprocessStep["step"];
  /** All options, defaults filled in, and the rate the step worked at. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it found and did. */
  readonly outcome: Readonly<Record<string, unknown>>;
}

/** Options of all steps together. */
export interface PreprocessOptions extends CausalFilteringOptions {
  /** Channels known to be bad: no part of averages. Default none. */
  bad?: readonly string[];
}
