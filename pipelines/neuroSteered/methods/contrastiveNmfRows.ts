import {
  type ContrastiveUpdate,
  componentMasks,
  contrastiveNmf,
  convolutiveModel,
  type Matrix,
  row,
  type SeparationOptions,
  softMasks,
} from "../../../src/index.ts";
import { matrixOf } from "../matrices.ts";
import { factorization, factorizationOptions, masked, shared } from "./factorization.ts";
import { type GuidedRow, guideVariants } from "./guideVariants.ts";
import type { GuideKind, SeparationInput } from "./separationInput.ts";
import type { SeparationOption, SeparationOutput, SeparationRow } from "./separationMethod.ts";

const options: readonly SeparationOption[] = [...factorizationOptions, "delta", "sparsityActivations"];

const sphere: GuidedRow = {
  id: "contrastive-nmf-sphere",
  stem: "contrastive-nmf",
  label: "Contrastive NMF",
  opening: "The sphere update steered by",
  family: "contrastive-nmf",
  options,
  kinds: ["other-trial", "shuffled", "unattended", "true"],
  estimate: (input, separation, guide) =>
    contrastive(input, separation, { guide, update: "sphere", templateFrames: 1 }),
};

const convolutive: GuidedRow = {
  id: "contrastive-convolutive-nmf",
  stem: "contrastive-convolutive-nmf",
  label: "Contrastive convolutive NMF",
  opening: "The sphere update with convolutive templates, steered by",
  family: "contrastive-convolutive-nmf",
  options: [...options, "templateFrames"],
  kinds: ["other-trial", "true"],
  estimate: (input, separation, guide) =>
    contrastive(input, separation, { guide, update: "sphere", templateFrames: separation.templateFrames }),
};

/** Rows made from NMF of the mixture steered by the decoded activations. */
export const contrastiveNmfRows: readonly SeparationRow[] = [
  {
    info: {
      id: "contrastive-nmf-multiplicative",
      label: "Contrastive NMF, multiplicative rule",
      role: "method",
      description: "Contrastive NMF steered by the decoded activations, by the update rule of the paper.",
    },
    family: sphere.family,
    options,
    estimate: (input, separation) =>
      contrastive(input, separation, { guide: "decoded", update: "multiplicative", templateFrames: 1 }),
  },
  {
    info: {
      id: sphere.id,
      label: "Contrastive NMF, sphere update",
      role: "method",
      description:
        "Contrastive NMF steered by the decoded activations, by the update on the sphere that never raises the cost.",
    },
    family: sphere.family,
    options,
    estimate: (input, separation) => sphere.estimate(input, separation, "decoded"),
  },
  ...guideVariants(sphere),
  {
    info: {
      id: convolutive.id,
      label: "Contrastive convolutive NMF",
      role: "method",
      description:
        "Contrastive NMF whose components are patches of several frames, steered by the decoded activations, by the update on the sphere.",
    },
    family: convolutive.family,
    options: convolutive.options,
    estimate: (input, separation) => convolutive.estimate(input, separation, "decoded"),
  },
  ...guideVariants(convolutive),
];

interface Contrastive {
  readonly guide: GuideKind;
  readonly update: ContrastiveUpdate;
  /** 1 for plain spectra. */
  readonly templateFrames: number;
}

function contrastive(
  input: SeparationInput,
  separation: SeparationOptions,
  { guide: kind, update, templateFrames }: Contrastive,
): SeparationOutput | undefined {
  const decoded = input.guide(kind)?.atFrames;
  const guide = decoded && withoutEmptyRows(decoded);
  if (guide === undefined) return undefined;
  const { componentsPerSource: attendedComponents, delta, sparsityActivations, maskExponent: exponent } = separation;
  const wanted = {
    ...factorization(input, separation),
    attendedComponents,
    update,
    delta,
    sparsityActivations,
    templateFrames,
  };
  const result = shared(input, `contrastive by ${kind}`, wanted, (given) =>
    contrastiveNmf(input.spectrogram, guide, given),
  );
  const { attended, unattended } = result.groups;
  const [mask] =
    templateFrames === 1
      ? componentMasks(result, [attended, unattended], { exponent })
      : softMasks(
          [attended, unattended].map((group) => convolutiveModel(result, group)),
          { exponent },
        );
  return { estimate: masked(input, mask!), cost: result.cost };
}

/** The rows that have something above 0 and so a direction to steer to: a source need not sound in every component. */
function withoutEmptyRows(guide: Matrix): Matrix | undefined {
  const rows = Array.from({ length: guide.rows }, (_, k) => Float64Array.from(row(guide, k)));
  const kept = rows.filter((values) => values.some((value) => value > 0));
  return kept.length > 0 ? matrixOf(kept) : undefined;
}
