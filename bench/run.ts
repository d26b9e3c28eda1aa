// npm run bench -- [--json] [--peers] [--rounds N] [words that the work's name must contain]
import { parseArgs } from "node:util";
import { acceleratorNote } from "./accelerators.ts";
import { contrastiveCases } from "./contrastive.ts";
import { decodingCases } from "./decoding.ts";
import { formatsCases } from "./formats.ts";
import { type BenchCase, bestOf, type Contender, type Figure } from "./measure.ts";
import { metricsCases } from "./metrics.ts";
import { nmfCases } from "./nmf.ts";
import { nmfTargetCases } from "./nmfTarget.ts";
import { type PeerAnswer, type Peers, startPeers } from "./peers.ts";
import { signalCases } from "./signal.ts";

/** Every case, one file a group of them. */
const cases: BenchCase[] = [
  ...nmfCases,
  ...nmfTargetCases,
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
note(acceleratorNote);
const running = typeof peers === "object" ? peers : undefined;
for (const benchCase of cases.filter(({ work }) => work.includes(words))) {
  for (const figure of await figuresOf(benchCase, running)) print(figure);
}
running?.close();

/** Ours and the peers' best times as lines of output. */
async function figuresOf(benchCase: BenchCase, others: Peers | undefined): Promise<Figure[]> {
  const { work, sizes, flops, baseline } = benchCase;
  const { own, answers } = await timesOf(benchCase, others);
  const rate = (time: number) => (flops === undefined ? {} : { gflops: flops / time / 1e6 });
  const single = own.length === 1 && own[0]!.name === "";
  const timed = answers.flatMap(({ peer, milliseconds }) =>
    milliseconds === undefined ? [] : [{ peer, milliseconds }],
  );
  const base = own.find(({ name }) => name === baseline);
  return [
    ...own.map(({ name, milliseconds, remark, failure }): Figure => {
      if (failure !== undefined) {
        return { work, sizes, contender: name, milliseconds: Number.NaN, skipped: failure };
      }
      const ratios = Object.fromEntries(timed.map((theirs) => [theirs.peer, theirs.milliseconds / milliseconds]));
      return {
        work,
        sizes,
        ...(single ? {} : { contender: name }),
        milliseconds,
        ...rate(milliseconds),
        ...(base && name !== baseline ? { over: { [base.name]: milliseconds / base.milliseconds } } : {}),
        ...(single || timed.length === 0 ? {} : { ratios }),
        ...(remark === undefined ? {} : { remark }),
      };
    }),
    ...answers.map(({ peer, milliseconds: theirs, skipped, divergences }): Figure => {
      if (theirs === undefined) {
        return { work, sizes, peer, milliseconds: Number.NaN, skipped: skipped ?? "no figure" };
      }
      const ratio = single ? { ratio: theirs / own[0]!.milliseconds } : {};
      const ends = divergences?.map((value) => value.toPrecision(6)).join(", ");
      const remark = ends === undefined ? {} : { remark: `ends at ${ends}` };
      return { work, sizes, peer, milliseconds: theirs, ...rate(theirs), ...ratio, ...remark };
    }),
  ];
}

/** Best times, taking turns so that all see the same states of the machine. */
async function timesOf(benchCase: BenchCase, others: Peers | undefined) {
  const { work, sizes, file, peers: hasPeers, setup, finish } = benchCase;
  const ask = others && hasPeers ? () => others.time({ work, sizes, ...(file && { file }) }) : undefined;
  try {
    const made = await setup(ask);
    const contenders: Contender[] = typeof made === "function" ? [{ name: "", run: made }] : made;
    const best = contenders.map(() => Number.POSITIVE_INFINITY);
    let answers: PeerAnswer[] = [];
    // the first round is to warm up
    for (let round = 0; round <= rounds; round++) {
      for (const [i, { run, iterations = 1 }] of contenders.entries()) {
        const milliseconds = (await bestOf(run, 0.3)) / iterations;
        if (round > 0) best[i] = Math.min(best[i]!, milliseconds);
      }
      if (ask && round > 0) answers = await ask();
    }
    const own = contenders.map(({ name, remark, failure }, i) => ({
      name,
      milliseconds: best[i]!,
      remark: remark?.(),
      failure: failure?.(),
    }));
    return { own, answers };
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
  const { skipped, milliseconds, gflops, ratio, ratios = {}, over = {}, remark } = figure;
  const pairs = Object.entries(ratios).map(([name, value]) => `${value.toFixed(2)} (${name})`);
  const numbers =
    skipped ??
    [
      `${milliseconds.toFixed(2).padStart(9)} ms`,
      gflops === undefined ? "" : `${gflops.toFixed(1).padStart(6)} GFLOP/s`,
      ratio === undefined ? "" : `  peer / ours ${ratio.toFixed(2)}`,
      pairs.length === 0 ? "" : `  peer / ours ${pairs.join(", ")}`,
      ...Object.entries(over).map(([name, value]) => `  ${value.toFixed(2)} x ${name}`),
      remark === undefined ? "" : `  ${remark}`,
    ].join(" ");
  const who = figure.peer ?? ["neurosteer", ...(figure.contender ? [figure.contender] : [])].join(": ");
  console.log(`${figure.work.padEnd(40)} ${sizes.padEnd(64)} ${who.padEnd(56)} ${numbers.trimEnd()}`);
}
