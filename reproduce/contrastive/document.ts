import type { BootstrapInterval } from "../../src/numeric/bootstrap.ts";
import { type Machine, machineSentence } from "../shared/machine.ts";
import { fixed, markdownTable } from "../shared/markdown.ts";
import { syntheticSentence } from "../shared/music.ts";
import { riseTolerance } from "../shared/rises.ts";
import { type Experiment, type ExperimentOptions, guides, settings, type Weight } from "./experiment.ts";
import type { Claim, WeightSummary } from "./summary.ts";

/** Files of the figures. */
export const figureFiles = { rises: "contrastive-rises.svg", gains: "contrastive-gains.svg" } as const;

/**
 * Writes the document.
 *
 * @param experiment what was found
 * @param summaries of all weights
 * @param made claims, options, machine and command
 */
export function contrastiveDocument(
  experiment: Experiment,
  summaries: readonly WeightSummary[],
  made: { claims: readonly Claim[]; options: ExperimentOptions; machine: Machine; command: string },
): string {
  const { frames, bins, mixtures, noisyCorrelation } = experiment;
  const { claims, options, machine, command } = made;
  const [{ count }] = summaries as [WeightSummary];
  return `# Contrastive NMF: the paper's rule and the update on the sphere

    ${command}

${machineSentence(machine)}

Cantisani, Essid & Richard, "Neuro-steered music source separation with EEG-based auditory attention decoding and
contrastive-NMF", ICASSP 2021, gives a multiplicative rule; [the method's page](../methods/contrastive-nmf.md) derives an update
that cannot raise the cost. Here both run from the same starts, and the cost is the true one (eq. 1, rows of unit norm).

## Settings

- Mixtures of two: ${mixtures.join("; ")}. Either source is attended in turn. ${syntheticSentence}
- ${settings.seconds} s at 16 kHz, Hann window of ${settings.windowSize} samples every ${settings.hopSize}, not scaled: magnitudes of ${bins} bins x ${frames} frames.
- K = ${settings.components}, half of them attended; ${options.iterations} iterations; ${options.starts} random starts; ${options.precision}. So n = ${count} runs a row (mixtures x 2 x starts).
- The true guide is the activations of an NMF of the attended source alone (${settings.attendedComponents} components). The noisy guide is the
  same, each row at mean 0 and standard deviation 1, with white noise of standard deviation ${settings.guideNoise}, negative entries then set to 0: its rows
  correlate with the true ones by ${noisyCorrelation.toFixed(2)} in the mean. Errors of a decoder are not white; this is no simulation of one.
- delta is that of the cost (the rule carries the factor 2 of the gradient). Absolute weights hold for this level of sound
  only; relative ones are \`delta * sum(X) / 64\`.
- An iteration counts as rising where the cost grows by more than ${riseTolerance[options.precision]} of the largest cost of the run.
- SDR is that of BSS Eval version 3 of the attended source from soft masks. A gain is over the mixture's own SDR; intervals
  are 95 % bootstrap intervals of the median over mixtures, then runs in them. Six mixtures of four instruments are few:
  the intervals speak about such mixtures, not about music.

## What holds

${markdownTable(
  ["claim", "holds", "found"],
  claims.map(({ claim, holds, found }) => [claim, holds ? "holds" : "does not hold", found]),
)}

![Share of rising iterations over delta, rule and sphere update](${figureFiles.rises})

![Gain in SDR over delta with intervals, rule and sphere update](${figureFiles.gains})

${guides.map((guide) => section(guide, summaries)).join("\n\n")}
`;
}

function section(guide: (typeof guides)[number], summaries: readonly WeightSummary[]): string {
  const rows = summaries
    .filter((summary) => summary.guide === guide)
    .map(({ multiplicative, sphere, count, lower, absoluteDelta, excess, gainDifference, ...weight }) => [
      weightText(weight, absoluteDelta),
      ...[multiplicative, sphere].map(({ rises, mostRises }) => `${fixed(rises, 1)} (${fixed(mostRises, 1)})`),
      fixed(multiplicative.cost, 4),
      fixed(sphere.cost, 4),
      weight.delta === 0 ? "-" : `${lower} of ${count}`,
      weight.delta === 0 ? "-" : fixed(excess, 4),
      ...[multiplicative.gain, sphere.gain].map(decibelText),
      weight.delta === 0 ? "-" : decibelText(gainDifference),
    ]);
  return `## ${guide === "true" ? "The true guide" : "The noisy guide"}

Rising iterations in per cent: mean over the runs (most in a run). Costs: medians, over the sum of X. Gains in SDR and their
differences from the same start: median dB (interval).

${markdownTable(
  [
    "delta",
    "rule rises",
    "sphere rises",
    "rule's cost",
    "sphere's cost",
    "sphere lower",
    "median excess of the rule",
    "rule's gain",
    "sphere's gain",
    "sphere less rule",
  ],
  rows,
)}`;
}

function weightText({ delta, deltaScale }: Weight, absoluteDelta: number): string {
  if (delta === 0) return "0";
  return deltaScale === "absolute" ? `${delta}` : `${delta} relative (${Number(absoluteDelta.toPrecision(2))})`;
}

function decibelText({ estimate, low, high }: BootstrapInterval): string {
  return `${fixed(estimate, 1)} (${fixed(low, 1)} to ${fixed(high, 1)})`;
}
