import {
  type ComponentGroups,
  clusterByTimbre,
  componentMasks,
  groupByGuide,
  groupByTimbre,
  groupByTimbreNeighbours,
  nmf,
  type SeparationOptions,
} from "../../../src/index.ts";
import { bestCase } from "./bestCase.ts";
import { factorization, factorizationOptions, masked, shared } from "./factorization.ts";
import { type GuidedRow, guideVariants } from "./guideVariants.ts";
import type { GuideKind, SeparationInput } from "./separationInput.ts";
import type { SeparationOutput, SeparationRow } from "./separationMethod.ts";

const family = "blind-nmf";
const options = factorizationOptions;

const plain: GuidedRow = {
  id: "blind-nmf",
  stem: "blind-nmf",
  label: "Blind NMF",
  opening: "Blind NMF grouped by",
  family,
  options,
  kinds: ["other-trial"],
  estimate: (input, separation, kind) => {
    const guide = input.guide(kind)?.atFrames;
    if (guide === undefined) return undefined;
    const { componentsPerSource: attendedComponents } = separation;
    return estimateOf(
      input,
      separation,
      groupByGuide(blind(input, separation).activations, guide, { attendedComponents }),
    );
  },
};

const clusters: GuidedRow = {
  id: "blind-nmf-timbre-clusters",
  stem: "blind-nmf-timbre-clusters",
  label: "Blind NMF, timbre clusters",
  opening: "The choice of a cluster by",
  family,
  options,
  kinds: ["other-trial"],
  estimate: (input, separation, kind) =>
    grouped(input, separation, kind, (factors, guide) =>
      groupByTimbre(factors, guide, { ...clustering(input), threshold: 1 }),
    ),
};

const neighbours: GuidedRow = {
  id: "blind-nmf-timbre",
  stem: "blind-nmf-timbre",
  label: "Blind NMF, timbre",
  opening: "The grouping by timbre with",
  family,
  options,
  kinds: ["other-trial", "shuffled", "unattended", "true"],
  estimate: (input, separation, kind) =>
    grouped(input, separation, kind, (factors, guide) =>
      groupByTimbreNeighbours(factors, guide, {
        ...timbre(input),
        attendedComponents: separation.componentsPerSource,
      }),
    ),
};

/** Rows made from one KL-NMF of the mixture that knows nothing of the EEG. */
export const blindNmfRows: readonly SeparationRow[] = [
  {
    info: {
      id: plain.id,
      label: "Blind NMF, grouped by S_a",
      role: "baseline",
      guided: true,
      description:
        "KL-NMF that knows nothing of the EEG; of its components those that correlate most with the decoded activations are taken.",
    },
    family,
    options,
    estimate: (input, separation) => plain.estimate(input, separation, "decoded"),
  },
  ...guideVariants(plain),
  {
    info: {
      id: clusters.id,
      label: "Blind NMF, timbre clusters, chosen by S_a",
      role: "baseline",
      guided: true,
      description:
        "The same components clustered by timbre (k-means of MFCC, as many clusters as sources); the cluster whose components correlate most with the decoded activations is taken.",
    },
    family,
    options,
    estimate: (input, separation) => clusters.estimate(input, separation, "decoded"),
  },
  ...guideVariants(clusters),
  {
    info: {
      id: "blind-nmf-timbre-clusters-best-case",
      label: "Blind NMF, timbre clusters, best case",
      role: "oracle",
      description:
        "Of the same clusters the one whose estimate has the greatest SI-SDR against the attended source: what a perfect choice would give.",
    },
    family,
    variantOf: clusters.id,
    options,
    estimate: (input, separation) => {
      const { dictionary, cost } = blind(input, separation);
      const found = clusterByTimbre(dictionary, clustering(input));
      const all = Array.from({ length: dictionary.rows }, (_, k) => k);
      const estimates = found.clusters.map((attended) => {
        const rest = all.filter((k) => !attended.includes(k));
        return estimateOf(input, separation, { attended, rest }).estimate;
      });
      return { estimate: bestCase(estimates, input.attended), cost };
    },
  },
  {
    info: {
      id: neighbours.id,
      label: "Blind NMF, grouped by S_a and timbre",
      role: "baseline",
      guided: true,
      description:
        "The same components; their correlations with the decoded activations are smoothed over components that sound alike before they are chosen.",
    },
    family,
    options,
    estimate: (input, separation) => neighbours.estimate(input, separation, "decoded"),
  },
  ...guideVariants(neighbours),
];

function blind(input: SeparationInput, separation: SeparationOptions) {
  return shared(input, "nmf", factorization(input, separation), (wanted) => nmf(input.spectrogram, wanted));
}

/** Groups the components with activations filtered as the guide was. */
function grouped(
  input: SeparationInput,
  separation: SeparationOptions,
  kind: GuideKind,
  group: (factors: Parameters<typeof groupByTimbre>[0], guide: Parameters<typeof groupByTimbre>[1]) => ComponentGroups,
): SeparationOutput | undefined {
  const guide = input.guide(kind)?.inBand;
  if (guide === undefined) return undefined;
  const { dictionary, activations } = blind(input, separation);
  return estimateOf(input, separation, group({ dictionary, activations: input.align(activations) }, guide));
}

function estimateOf(
  input: SeparationInput,
  separation: SeparationOptions,
  { attended, rest }: ComponentGroups,
): SeparationOutput {
  const factors = blind(input, separation);
  const [mask] = componentMasks(factors, [attended, rest], { exponent: separation.maskExponent });
  return { estimate: masked(input, mask!), cost: factors.cost };
}

function timbre({ rateHz, transform }: SeparationInput) {
  return { rateHz, windowSize: transform.options.windowSize };
}

function clustering(input: SeparationInput) {
  return { ...timbre(input), clusters: input.sources, seed: input.seed };
}
