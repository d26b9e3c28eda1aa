import { openMadEeg } from "../../datasets/madeeg.ts";
import type { Corpora } from "../study/openStudy.ts";

/** The corpora that a study file may name besides BIDS and plain folders. */
export const corpora: Corpora = {
  madeeg: (root, { release = "preprocessed" }) => openMadEeg(root, { release }),
};
