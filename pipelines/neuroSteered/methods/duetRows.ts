import {
  type DuetPeak,
  decideAttention,
  duetHistogram,
  duetMasks,
  duetPeaks,
  type Matrix,
  row,
  type Stft,
  ToolkitError,
} from "../../../src/index.ts";
import { matrixOf, rowsOf } from "../matrices.ts";
import { bestCase } from "./bestCase.ts";
import { masked } from "./factorization.ts";
import { type GuidedRow, guideVariants } from "./guideVariants.ts";
import type { SeparationInput } from "./separationInput.ts";
import type { SeparationRow } from "./separationMethod.ts";

const guided: GuidedRow = {
  id: "duet",
  stem: "duet",
  label: "DUET",
  opening: "DUET, its source chosen by",
  family: "duet",
  options: [],
  kinds: ["other-trial"],
  estimate: (input, _, kind) => {
    const guide = input.guide(kind)?.inBand;
    const masks = stereoMasks(input);
    if (guide === undefined || masks === undefined) return undefined;
    return { estimate: masked(input, masks[mostLike(input, masks, guide)]!) };
  },
};

/** Rows made from level and time differences between two channels; left out of trials in mono. */
export const duetRows: readonly SeparationRow[] = [
  {
    info: {
      id: guided.id,
      label: "DUET, chosen by S_a",
      role: "baseline",
      guided: true,
      description:
        "Binary masks by level and time differences between the two channels, which know nothing of the EEG; the source whose envelope correlates most with the decoded activations is taken.",
    },
    family: guided.family,
    options: guided.options,
    estimate: (input, separation) => guided.estimate(input, separation, "decoded"),
  },
  ...guideVariants(guided),
  {
    info: {
      id: "duet-best-case",
      label: "DUET, best case",
      role: "oracle",
      description:
        "Of the same sources the one of greatest SI-SDR against the attended source: what a perfect choice would give.",
    },
    family: guided.family,
    variantOf: guided.id,
    options: guided.options,
    estimate: (input) => {
      const masks = stereoMasks(input);
      if (masks === undefined) return undefined;
      const estimates = masks.map((mask) => masked(input, mask));
      return { estimate: bestCase(estimates, input.attended) };
    },
  },
];

/** A mask for each place that sounds, as many as sources at most; nothing for mono, or where a channel is silent. */
function stereoMasks(input: SeparationInput): readonly Matrix[] | undefined {
  return input.once("duet masks", () => {
    const { channels } = input;
    if (channels?.length !== 2) return undefined;
    const [left, right] = channels as readonly [Stft, Stft];
    const peaks = peaksOf(left, right, input.sources);
    return peaks && duetMasks(left, right, { peaks });
  });
}

/** Largest delay looked for, in samples: sources panned by level have none, and no frequency is then too high to count. */
const maximumDelay = 1;

/** Sources at one place make one peak: then there are fewer peaks than sources. */
function peaksOf(left: Stft, right: Stft, sources: number): DuetPeak[] | undefined {
  const histogram = ifThere(() => duetHistogram(left, right, { maximumDelay }));
  for (let count = histogram ? sources : 0; count > 0; count--) {
    const peaks = ifThere(() => duetPeaks(histogram!, { sources: count }));
    if (peaks) return peaks;
  }
  return undefined;
}

/** What a function finds, or nothing where it refuses the values: a silent channel, too few peaks. */
function ifThere<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof ToolkitError && error.code === "bad-value") return undefined;
    throw error;
  }
}

/** Place of the source whose envelope, in the decoder's band, correlates most with the guide's rows; of equals the first. */
function mostLike(input: SeparationInput, masks: readonly Matrix[], guide: Matrix): number {
  if (masks.length === 1) return 0;
  const envelopes = input.once("duet envelopes", () => rowsOf(input.align(envelopesOf(input.spectrogram, masks))));
  const wanted = rowsOf(guide);
  const { decided } = decideAttention(
    wanted,
    envelopes.map((envelope) => wanted.map(() => envelope)),
  );
  return Math.max(0, decided);
}

/** Sum of each source's magnitudes in each frame, [sources, frames]. */
function envelopesOf(spectrogram: Matrix, masks: readonly Matrix[]): Matrix {
  return matrixOf(
    masks.map((mask) =>
      Float64Array.from({ length: spectrogram.rows }, (_, n) => {
        const magnitudes = row(spectrogram, n);
        const shares = row(mask, n);
        let sum = 0;
        for (let k = 0; k < magnitudes.length; k++) sum += magnitudes[k]! * shares[k]!;
        return sum;
      }),
    ),
  );
}
