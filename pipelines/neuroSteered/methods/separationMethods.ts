import { blindNmfRows } from "./blindNmfRows.ts";
import { contrastiveNmfRows } from "./contrastiveNmfRows.ts";
import { convolutiveNmfRows } from "./convolutiveNmfRows.ts";
import { duetRows } from "./duetRows.ts";
import { idealMaskRows, mixtureRow } from "./maskRows.ts";
import type { SeparationRow } from "./separationMethod.ts";

/**
 * The rows a study's table may have, in its order. All are made from the same mixture; all factorizations share seed, components
 * and iterations. docs/methods/study-methods.md lists what each knows.
 */
export const separationMethods: readonly SeparationRow[] = [
  mixtureRow,
  ...blindNmfRows,
  ...convolutiveNmfRows,
  ...contrastiveNmfRows,
  ...duetRows,
  ...idealMaskRows,
];

/** Ids of the rows of a study that names none: each method, what it has to beat, one control a guided family, the oracles. */
export const defaultMethods: readonly string[] = [
  "unprocessed-mixture",
  "blind-nmf",
  "blind-nmf-timbre-clusters",
  "blind-nmf-timbre",
  "blind-nmf-timbre-other-trial",
  "convolutive-nmf",
  "contrastive-nmf-multiplicative",
  "contrastive-nmf-sphere",
  "contrastive-nmf-other-trial",
  "contrastive-nmf-unattended",
  "contrastive-nmf-true-activations",
  "ideal-binary-mask",
];

/** The entry that stands for all rows. */
export const allMethods = "all";
