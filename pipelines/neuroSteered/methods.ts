import {
  applyMask,
  componentMasks,
  contrastiveNmf,
  convolutiveModel,
  convolutiveNmf,
  groupByGuide,
  groupByTimbreNeighbours,
  idealBinaryMask,
  istft,
  type Matrix,
  type MethodInfo,
  type NmfResult,
  type Stft,
  type StudyOptions,
  softMasks,
} from "../../src/index.ts";
import { columns } from "./features.ts";

/** What a method may use; controls and oracles use what a real listener's study does not have. */
export interface SeparationInput {
  readonly mixture: Float64Array;
  readonly rateHz: number;
  readonly transform: Stft;
  readonly spectrogram: Matrix;
  /** Number of sources in the mixture. */
  readonly sources: number;
  /** Decoded S_a at the spectrogram's frames, [components, frames]; signed. */
  readonly guide: Matrix;
  /** The same of a trial with another mixture, where the subject heard one. */
  readonly otherGuide?: Matrix;
  /** Both at the EEG's times and in the decoder's band, as they were decoded, [components, samples]. */
  readonly decodedGuide: Matrix;
  readonly otherDecodedGuide?: Matrix;
  /** Brings activations [components, frames] to the EEG's times and into the decoder's band. */
  align(activations: Matrix): Matrix;
  /** KL-NMF of the mixture; done once however often it is asked for. */
  blind(): NmfResult;
  /** Activations of the attended source itself. */
  readonly trueGuide: Matrix;
  /** Magnitudes of the attended source and of the sum of all others, [frames, bins]. */
  readonly attendedMagnitude: Matrix;
  readonly restMagnitude: Matrix;
  readonly options: StudyOptions;
}

/** An estimate of the attended source. */
export interface SeparationOutput {
  /** [samples]; the rest of the mixture is the estimate of everything else. */
  readonly estimate: Float64Array;
  /** True cost after each iteration, where the method minimises one. */
  readonly cost?: readonly number[];
}

/** A row of the study's table and how its estimate is made. */
export interface SeparationMethod {
  readonly info: MethodInfo;
  /** The estimate, or nothing where the input lacks what the row is made from. */
  separate(input: SeparationInput): SeparationOutput | undefined;
}

/** The rows of the study's table, in its order. All factorizations share seed, components and iterations. */
export const separationMethods: readonly SeparationMethod[] = [
  {
    info: {
      id: "unprocessed-mixture",
      label: "Unprocessed mixture",
      role: "baseline",
      description: "The mixture itself taken as the estimate: what everything else has to beat.",
    },
    separate: ({ mixture }) => ({ estimate: mixture }),
  },
  {
    info: {
      id: "blind-nmf",
      label: "Blind NMF, grouped by S_a",
      role: "baseline",
      guided: true,
      description:
        "KL-NMF that knows nothing of the EEG; of its components those that correlate most with the decoded activations are taken.",
    },
    separate: (input) => {
      const result = input.blind();
      const [mask] = componentMasks(result, groups(input, result.activations), maskOptions(input));
      return { estimate: masked(input, mask!), cost: result.cost };
    },
  },
  {
    info: {
      id: "blind-nmf-timbre",
      label: "Blind NMF, grouped by S_a and timbre",
      role: "baseline",
      guided: true,
      description:
        "The same components; their correlations with the decoded activations are smoothed over components that sound alike before they are chosen.",
    },
    separate: (input) => timbreNeighbours(input, input.decodedGuide),
  },
  {
    info: {
      id: "blind-nmf-timbre-other-trial",
      label: "Blind NMF, timbre, S_a of another trial",
      role: "control",
      description:
        "The grouping by timbre with what was decoded in a trial with another mixture: it knows nothing of this one and should not gain from it.",
    },
    separate: (input) => input.otherDecodedGuide && timbreNeighbours(input, input.otherDecodedGuide),
  },
  {
    info: {
      id: "convolutive-nmf",
      label: "Convolutive NMF, grouped by S_a",
      role: "baseline",
      guided: true,
      description:
        "Convolutive KL-NMF (MM2) that knows nothing of the EEG; its components are chosen by correlation with the decoded activations.",
    },
    separate: (input) => {
      const result = convolutiveNmf(input.spectrogram, {
        ...factorization(input),
        templateFrames: input.options.separation.templateFrames,
      });
      const models = groups(input, result.activations).map((group) => convolutiveModel(result, group));
      return { estimate: masked(input, softMasks(models, maskOptions(input))[0]!), cost: result.cost };
    },
  },
  {
    info: {
      id: "contrastive-nmf-multiplicative",
      label: "Contrastive NMF, multiplicative rule",
      role: "method",
      description: "Contrastive NMF steered by the decoded activations, by the update rule of the paper.",
    },
    separate: (input) => contrastive(input, input.guide, "multiplicative"),
  },
  {
    info: {
      id: "contrastive-nmf-sphere",
      label: "Contrastive NMF, sphere update",
      role: "method",
      description:
        "Contrastive NMF steered by the decoded activations, by the update on the sphere that never raises the cost.",
    },
    separate: (input) => contrastive(input, input.guide, "sphere"),
  },
  {
    info: {
      id: "contrastive-nmf-other-trial",
      label: "Contrastive NMF, S_a of another trial",
      role: "control",
      description:
        "The sphere update steered by what was decoded in a trial with another mixture: it knows nothing of this one and should not gain from it.",
    },
    separate: (input) => input.otherGuide && contrastive(input, input.otherGuide, "sphere"),
  },
  {
    info: {
      id: "contrastive-nmf-true-activations",
      label: "Contrastive NMF, true activations",
      role: "oracle",
      description:
        "The sphere update steered by the activations of the attended source's own recording: what perfect decoding would give.",
    },
    separate: (input) => contrastive(input, input.trueGuide, "sphere"),
  },
  {
    info: {
      id: "ideal-binary-mask",
      label: "Ideal binary mask",
      role: "oracle",
      description: "The mask made from the true sources: an upper bound for binary masking.",
    },
    separate: (input) => ({ estimate: masked(input, idealBinaryMask(input.attendedMagnitude, [input.restMagnitude])) }),
  },
];

/** Options that all factorizations of a trial share. */
export function factorization({
  sources,
  options: { separation, seed },
}: Pick<SeparationInput, "sources" | "options">) {
  return {
    components: sources * separation.componentsPerSource,
    iterations: separation.iterations,
    tolerance: 0,
    accelerator: separation.accelerator,
    seed,
  };
}

function maskOptions({ options }: SeparationInput) {
  return { exponent: options.separation.maskExponent };
}

function groups({ guide, options }: SeparationInput, activations: Matrix): [number[], number[]] {
  const { attended, rest } = groupByGuide(activations, guide, {
    attendedComponents: options.separation.componentsPerSource,
  });
  return [attended, rest];
}

function timbreNeighbours(input: SeparationInput, guide: Matrix): SeparationOutput {
  const { transform, options } = input;
  const result = input.blind();
  const activations = input.align(result.activations);
  const shared = Math.min(activations.columns, guide.columns);
  const { attended, rest } = groupByTimbreNeighbours(
    { dictionary: result.dictionary, activations: columns(activations, 0, shared) },
    columns(guide, 0, shared),
    {
      rateHz: input.rateHz,
      windowSize: transform.options.windowSize,
      attendedComponents: options.separation.componentsPerSource,
    },
  );
  const [mask] = componentMasks(result, [attended, rest], maskOptions(input));
  return { estimate: masked(input, mask!), cost: result.cost };
}

function contrastive(input: SeparationInput, guide: Matrix, update: "sphere" | "multiplicative"): SeparationOutput {
  const { componentsPerSource, delta, sparsityActivations } = input.options.separation;
  const result = contrastiveNmf(input.spectrogram, guide, {
    ...factorization(input),
    attendedComponents: componentsPerSource,
    update,
    delta,
    sparsityActivations,
  });
  const all = Array.from({ length: result.activations.rows }, (_, k) => k);
  const blocks = [all.slice(0, componentsPerSource), all.slice(componentsPerSource)];
  const [mask] = componentMasks(result, blocks, maskOptions(input));
  return { estimate: masked(input, mask!), cost: result.cost };
}

function masked({ transform }: SeparationInput, mask: Matrix): Float64Array {
  return istft(applyMask(transform, mask));
}
