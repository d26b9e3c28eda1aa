import { type Machine, machineSentence } from "../shared/machine.ts";
import { fixed, markdownTable, withSpread } from "../shared/markdown.ts";
import { syntheticSentence } from "../shared/music.ts";
import { riseTolerance } from "../shared/rises.ts";
import type { Claim } from "./claims.ts";
import { type Experiment, type ExperimentOptions, settings, timedIterations, timingRounds } from "./experiment.ts";
import { betas, type Outcome, outcomeOf, paperOutcomes, templateLengths, updates } from "./paper.ts";

/** File of the figure. */
export const figureFile = "convolutive-cost.svg";

const names = { heuristic: "heuristic", mm1: "MM1", mm2: "MM2" } as const;

/**
 * Writes the document.
 *
 * @param experiment what was found
 * @param claims what of the paper holds
 * @param made options, machine and command
 */
export function convolutiveDocument(
  experiment: Experiment,
  claims: readonly Claim[],
  made: { options: Pick<ExperimentOptions, "iterations" | "precision">; machine: Machine; command: string },
): string {
  const { outcomes, frames, bins, starts } = experiment;
  const { options, machine, command } = made;
  const tolerance = riseTolerance[options.precision];
  const held = claims.filter(({ holds }) => holds).length;
  return `# Convolutive NMF: the experiment of Fagot et al. 2019 on other music

    ${command}

${machineSentence(machine)}

Fagot, Wendt, Févotte & Smaragdis, "Majorization-minimization algorithms for convolutive NMF with the beta-divergence", ICASSP
2019, section 4. Their recording is not free, so what can be compared is what they found, not their numbers: ${held} of
${claims.length} findings hold here.

## What is the same and what is not

- Sound: ${settings.seconds} s at 16 kHz of ${settings.instruments.join(", ")} in the place of their 23 s. ${syntheticSentence}
- The same: a window of ${settings.windowSize} samples (sine) at half overlap, M = ${bins}, N = ${frames}; |X|^2 at beta 0, |X| at beta 1
  and 2; K = ${settings.components}; T = 3, 5, 10; all algorithms from the same random starts.
- ${options.iterations} iterations (theirs 1000) from ${starts === 1 ? "1 random start" : `${starts} random starts`} (theirs 100); ${options.precision}.
- The spectrogram is scaled to mean 1, which at beta 1 and 2 makes objectives differ from theirs by a factor. Objectives
  are in thousands here, in the paper at beta 0 only.
- Their W(t) are updated one after the other, V refreshed in between or not (the paper does not say); here all at once from one V
  (eq. 6), which is a majorization-minimization as well.
- The heuristic (eq. 7 and 8) is 0 / 0 where a shift reaches past the last frame. Here such a shift asks for no change.
- Patches are scaled to sum 1 at the end and not in each iteration, which changes no update.
- An iteration counts as rising where the objective grows by more than ${tolerance} of itself.

## What holds

${markdownTable(
  ["finding", "holds", "found"],
  claims.map(({ claim, holds, found }) => [claim, holds ? "holds" : "does not hold", found]),
)}

## Final objective

Mean ± standard deviation over the starts.

${table(outcomes, ({ objective, deviation }) => withSpread(objective, deviation, 1))}

![Objective over iterations of the three algorithms](${figureFile})

The course from the first start at T = ${templateLengths.at(-1)}: the objective over the lowest that any of the three reached, both axes
logarithmic.

## Iterations in which the objective rose, in per cent

Mean ± standard deviation over the starts; the paper gives numbers for the heuristic only.

${table(outcomes, ({ rises, risesDeviation }) => withSpread(rises, risesDeviation, 1))}

## Milliseconds an iteration

Best of ${timingRounds * timedIterations} iterations, the objective not computed; the paper's are of MATLAB on one core of a Xeon E5-2690v2. They say how the
algorithms compare on either side, not how the sides compare.

${table(outcomes, ({ milliseconds }) => fixed(milliseconds, milliseconds < 100 ? 1 : 0))}
`;
}

/** A row for each T and algorithm, a column for each beta, here and in the paper. */
function table(outcomes: readonly Outcome[], cell: (outcome: Outcome) => string): string {
  return markdownTable(
    ["T", "algorithm", ...betas.map((beta) => `beta ${beta}`), ...betas.map((beta) => `paper, beta ${beta}`)],
    templateLengths.flatMap((templateFrames) =>
      updates.map((update) => [
        String(templateFrames),
        names[update],
        ...betas.map((beta) => cell(outcomeOf(outcomes, { beta, templateFrames, update }))),
        ...betas.map((beta) => cell(outcomeOf(paperOutcomes, { beta, templateFrames, update }))),
      ]),
    ),
  );
}
