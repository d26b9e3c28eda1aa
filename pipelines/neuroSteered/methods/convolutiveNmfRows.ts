import { convolutiveModel, convolutiveNmf, groupByGuide, softMasks } from "../../../src/index.ts";
import { factorization, factorizationOptions, masked, shared } from "./factorization.ts";
import { type GuidedRow, guideVariants } from "./guideVariants.ts";
import type { SeparationRow } from "./separationMethod.ts";

const row: GuidedRow = {
  id: "convolutive-nmf",
  stem: "convolutive-nmf",
  label: "Convolutive NMF",
  opening: "Convolutive NMF grouped by",
  family: "convolutive-nmf",
  options: [...factorizationOptions, "templateFrames"],
  kinds: ["other-trial"],
  estimate: (input, separation, kind) => {
    const guide = input.guide(kind)?.atFrames;
    if (guide === undefined) return undefined;
    const { componentsPerSource: attendedComponents, templateFrames, maskExponent: exponent } = separation;
    const wanted = { ...factorization(input, separation), templateFrames };
    const result = shared(input, "convolutive", wanted, (given) => convolutiveNmf(input.spectrogram, given));
    const { attended, rest } = groupByGuide(result.activations, guide, { attendedComponents });
    const models = [attended, rest].map((group) => convolutiveModel(result, group));
    return { estimate: masked(input, softMasks(models, { exponent })[0]!), cost: result.cost };
  },
};

/** Rows made from one convolutive NMF of the mixture that knows nothing of the EEG. */
export const convolutiveNmfRows: readonly SeparationRow[] = [
  {
    info: {
      id: row.id,
      label: "Convolutive NMF, grouped by S_a",
      role: "baseline",
      guided: true,
      description:
        "Convolutive KL-NMF (MM2) that knows nothing of the EEG; its components are chosen by correlation with the decoded activations.",
    },
    family: row.family,
    options: row.options,
    estimate: (input, separation) => row.estimate(input, separation, "decoded"),
  },
  ...guideVariants(row),
];
