import type { MethodRole, SeparationOptions } from "../../../src/index.ts";
import type { GuideKind, SeparationInput } from "./separationInput.ts";
import type { SeparationOutput, SeparationRow } from "./separationMethod.ts";

/** A kind of guide that a listener's study does not have. */
export type VariantKind = Exclude<GuideKind, "decoded">;

/** Why a row with another guide is there. */
const variants: Record<VariantKind, { suffix: string; label: string; role: MethodRole; why: string }> = {
  "other-trial": {
    suffix: "other-trial",
    label: "S_a of another trial",
    role: "control",
    why: "what was decoded in a trial with another mixture: it knows nothing of this one and should not gain from it",
  },
  shuffled: {
    suffix: "shuffled",
    label: "S_a shuffled in time",
    role: "control",
    why: "what was decoded in this trial, turned round in time by a random amount of at least a second: the right course at the wrong times, which should not gain",
  },
  unattended: {
    suffix: "unattended",
    label: "true activations of an unattended source",
    role: "control",
    why: "the activations of the loudest unattended source's own recording, for want of a decoder of it: an adversary that must pull out that source and so lose the attended one",
  },
  true: {
    suffix: "true-activations",
    label: "true activations",
    role: "oracle",
    why: "the activations of the attended source's own recording: what perfect decoding would give",
  },
};

/** A row that is steered by the decoded activations, and which of its variants there are. */
export interface GuidedRow extends Pick<SeparationRow, "family" | "options"> {
  /** Id of the row. */
  readonly id: string;
  /** What the ids of its variants begin with. */
  readonly stem: string;
  /** What their labels begin with. */
  readonly label: string;
  /** What their descriptions begin with, up to what steers them: `The sphere update steered by`. */
  readonly opening: string;
  readonly kinds: readonly VariantKind[];
  estimate(input: SeparationInput, separation: SeparationOptions, kind: GuideKind): SeparationOutput | undefined;
}

/** The same row with other guides: controls that must fail, and what perfect decoding would give. */
export function guideVariants(row: GuidedRow): SeparationRow[] {
  return row.kinds.map((kind) => {
    const { suffix, label, role, why } = variants[kind];
    return {
      info: {
        id: `${row.stem}-${suffix}`,
        label: `${row.label}, ${label}`,
        role,
        description: `${row.opening} ${why}.`,
      },
      family: row.family,
      variantOf: row.id,
      options: row.options,
      estimate: (input, separation) => row.estimate(input, separation, kind),
    };
  });
}
