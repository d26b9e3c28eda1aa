// npm run bench -- [--json] [--peers] [--rounds N] [words that the work's name must contain]
import { parseArgs } from "node:util";
import { contrastiveCases } from "./contrastive.ts";
import { decodingCases } from "./decoding.ts";
import { formatsCases } from "./formats.ts";
import { type BenchCase, bestOf, type Figure } from "./measure.ts";
import { metricsCases } from "./metrics.ts";
import { nmfCases } from "./nmf.ts";
import { type PeerAnswer, type Peers, startPeers } from "./peers.ts";
import { signalCases } from "./signal.ts";

/** Every case, one file a group of them. */
const cases: BenchCase[] = [
  ...nmfCases,
  ...contrastiveCases,
  ...metricsCases,
  ...signalCases,
  ...formatsCases,
  ...decodingCases,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
  },
});
const words = positionals.join(" ");
const rounds = Math.max(1, Number(values.rounds) || 1);

const peers = values.peers ? await startPeers() : undefined;
if (peers !== undefined) note(typeof peers === "string" ? peers : peers.hello);
const running = typeof peers === "object" ? peers : undefined;
for (const benchCase of cases.filter(({ work }) => work.includes(words))) {
  for (const figure of await figuresOf(benchCase, running)) print(figure);
}
running?.close();

/** Ours and the peers' best times as lines of output. */
async function figuresOf(benchCase: BenchCase, others: Peers | undefined): Promise<Figure[]> {
  const { work, sizes, flops } = benchCase;
  const { milliseconds, answers } = await timesOf(benchCase, others);
  const rate = (time: number) => (flops === undefined ? {} : { gflops: flops / time / 1e6 });
  return [
    { work, sizes, milliseconds, ...rate(milliseconds) },
    ...answers.map(
      ({ peer, milliseconds: theirs, skipped }): Figure =>
        theirs === undefined
          ? { work, sizes, peer, milliseconds: Number.NaN, skipped: skipped ?? "no figure" }
          : { work, sizes, peer, milliseconds: theirs, ...rate(theirs), ratio: theirs / milliseconds },
    ),
  ];
}

/** Best times, taking turns so that both see the same state of the machine. */
async function timesOf({ work, sizes, file, peers: hasPeers, setup, finish }: BenchCase, others: Peers | undefined) {
  try {
    const run = await setup();
    await bestOf(run, 0.3);
    let milliseconds = Number.POSITIVE_INFINITY;
    let answers: PeerAnswer[] = [];
    for (let round = 0; round < rounds; round++) {
      milliseconds = Math.min(milliseconds, await bestOf(run, 0.3));
      if (others !== undefined && hasPeers) answers = await others.time({ work, sizes, ...(file && { file }) });
    }
    return { milliseconds, answers };
  } finally {
    await finish?.();
  }
}

function note(text: string): void {
  console.log(values.json ? JSON.stringify({ note: text }) : text);
}

function print(figure: Figure): void {
  if (values.json) {
    console.log(
      JSON.stringify(figure, (_, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value)),
    );
    return;
  }
  const sizes = Object.entries(figure.sizes)
    .map(([name, size]) => `${name} ${size}`)
    .join(", ");
  const numbers =
    figure.skipped ??
    [
      `${figure.milliseconds.toFixed(2).padStart(9)} ms`,
      figure.gflops === undefined ? "" : `${figure.gflops.toFixed(1).padStart(6)} GFLOP/s`,
      figure.ratio === undefined ? "" : `  peer / ours ${figure.ratio.toFixed(2)}`,
    ].join(" ");
  console.log(`${figure.work.padEnd(40)} ${sizes.padEnd(64)} ${(figure.peer ?? "neurosteer").padEnd(36)} ${numbers}`);
}
