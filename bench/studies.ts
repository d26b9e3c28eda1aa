// Studies in units: `npm run build && node dist/bench/studies.js [words that the work's name must contain]` prints one JSON line a
// figure, with the machine's load average (1 minute) before it. Each runs in a process of its own, whose peak memory is told by the
// system. Studies are simulated in the temporary folder and removed. "1000 units of work" takes minutes, and is done only if it is named.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { simulateStudy } from "../datasets/simulated.ts";
import { studyPipeline } from "../pipelines/studyUnits.ts";
import { threadExecutor } from "../src/study/executors/threadExecutor.ts";
import { planUnits } from "../src/study/ledger/planUnits.ts";
import { runUnits } from "../src/study/ledger/runUnits.ts";
import type { Executor, RunUnit, Unit } from "../src/study/ledger/unit.ts";
import type { Study } from "../src/study/study.ts";
import { defineStudy, readStudyFile } from "../src/study/studyFile.ts";

type Figures = Record<string, number>;

const workerFile = new URL("../src/cli/unitWorker.js", import.meta.url);
const built = (folder: string) => fileURLToPath(new URL(`../${folder}`, import.meta.url));

/** Units that write a line and need one of the first ten. */
function trivialUnits(count: number): Unit[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `trivial/${i}`,
    kind: i < 10 ? "first" : "then",
    label: `unit ${i}`,
    needs: i < 10 ? [] : [`trivial/${i % 10}`],
    inputs: [],
    options: { i, seed: 0, decoder: { lambda: 1 } },
    job: { i },
  }));
}

const writeLine: RunUnit = (unit, { folder }) => writeFile(join(folder, "line.txt"), `${unit.id}\n`);

/** What planning, running, and running again cost where units take no time. */
async function scheduling(units: readonly Unit[], folder: string): Promise<Figures> {
  const root = join(folder, "ledger");
  const planSeconds = await seconds(() => planUnits(units, { root }));
  const runSeconds = await seconds(() => finished(units, writeLine, root));
  const planAgainSeconds = await seconds(() => planUnits(units, { root }));
  const againSeconds = await seconds(() => finished(units, writeLine, root));
  return {
    units: units.length,
    planSeconds,
    runSeconds,
    unitMilliseconds: (1000 * runSeconds) / units.length,
    planAgainSeconds,
    againSeconds,
    journalBytesAUnit: (await stat(join(root, "journal.jsonl"))).size / units.length,
  };
}

/** Sizes of simulated studies, two families of methods each. */
const studies = {
  10: { subjects: 1, trials: 4 },
  36: { subjects: 2, trials: 8 },
  100: { subjects: 2, trials: 24 },
  1000: { subjects: 8, trials: 62 },
} as const;

const studyText = `seed: 0
methods: [unprocessed-mixture, ideal-binary-mask, blind-nmf]
separation: { iterations: 20 }
metrics: { filterLength: 32 }
decoder: { features: [activations], lambda: 1, folds: 2, permutations: 10, controls: false, windows: [trial] }
`;

async function simulatedUnits(size: keyof typeof studies, folder: string): Promise<Unit[]> {
  const path = join(folder, "study");
  await simulateStudy(path, { ...studies[size], seconds: 4 });
  await writeFile(join(path, "study.yaml"), studyText);
  const definition = await readStudyFile(path);
  const pipeline = studyPipeline({});
  return pipeline.plan(await pipeline.open(definition), definition);
}

/** How much of the time of a simulated study is not its units' own. */
async function work(size: keyof typeof studies, folder: string): Promise<Figures> {
  const units = await simulatedUnits(size, folder);
  const root = join(folder, "ledger");
  let own = 0;
  const wall = await seconds(async () => {
    own = await finished(units, studyPipeline({}).run, root);
  });
  const againSeconds = await seconds(() => finished(units, studyPipeline({}).run, root));
  return { units: units.length, wall, unitSeconds: own, schedulingShare: (wall - own) / wall, againSeconds };
}

/** A simulated study in one thread and in two, taking turns. Threads are started and warm before it counts. */
async function workers(folder: string): Promise<Figures> {
  const [warming, units] = [await simulatedUnits(10, join(folder, "a")), await simulatedUnits(36, join(folder, "b"))];
  const figures: Figures = { units: units.length, seconds1: Infinity, seconds2: Infinity };
  const executors = [
    await threadExecutor({ workerFile, workers: 1 }),
    await threadExecutor({ workerFile, workers: 2 }),
  ];
  try {
    for (const [i, executor] of executors.entries()) await finished(warming, executor, join(folder, `warm ${i}`));
    for (const round of [0, 1]) {
      for (const [i, executor] of executors.entries()) {
        let own = 0;
        const before = process.cpuUsage();
        const wall = await seconds(async () => {
          own = await finished(units, executor, join(folder, `${i} ${round}`));
        });
        const { user, system } = process.cpuUsage(before);
        if (wall > figures[`seconds${i + 1}`]!) continue;
        figures[`seconds${i + 1}`] = wall;
        figures[`busy${i + 1}`] = own / ((i + 1) * wall);
        // the same work: more of it with two is what they take from each other
        figures[`processorSeconds${i + 1}`] = (user + system) / 1e6;
      }
    }
  } finally {
    for (const executor of executors) await executor.close();
  }
  return { ...figures, speedup: figures.seconds1! / figures.seconds2! };
}

/** A study of 8 listeners with 32 trials each and all methods, its data in no file. */
async function planning(folder: string): Promise<Figures> {
  const definition = await defineStudy({}, { folder, name: "study.yaml" });
  const study: Study = {
    folder,
    title: "In memory",
    subjects: Array.from({ length: 8 }, (_, s) => ({
      id: `${s + 1}`,
      trials: Array.from({ length: 32 }, (_, t) => ({
        subject: `${s + 1}`,
        trial: `${t + 1}`,
        recording: `${s + 1}`,
        onsetSeconds: 30 * t,
        durationSeconds: 24,
        mixture: `mixture ${t >> 1}`,
        target: t % 2 === 0 ? "flute" : "oboe",
        sources: ["flute", "oboe"],
        inputs: [],
      })),
    })),
    problems: [],
    notes: [],
    openEeg: () => Promise.reject(new Error("has no EEG")),
    readSound: () => Promise.reject(new Error("has no sound")),
  };
  const pipeline = studyPipeline({});
  let units: Unit[] = [];
  const cutSeconds = await seconds(async () => {
    units = pipeline.plan(study, definition);
  });
  return { cutSeconds, ...(await scheduling(units, folder)) };
}

/** Runs units, all of them; returns how long they took themselves. */
async function finished(units: readonly Unit[], by: RunUnit | Executor, root: string): Promise<number> {
  const { outcomes, failures } = await runUnits(units, by, { root });
  if (failures[0]) throw new Error(`${failures[0].id}: ${failures[0].message}`);
  return outcomes.reduce((sum, outcome) => sum + (outcome.seconds ?? 0), 0);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const figures: Record<string, (folder: string) => Promise<Figures>> = {
  "plan 8 listeners x 32 trials": planning,
  "10 trivial units": (folder) => scheduling(trivialUnits(10), folder),
  "100 trivial units": (folder) => scheduling(trivialUnits(100), folder),
  "1000 trivial units": (folder) => scheduling(trivialUnits(1000), folder),
  "10000 trivial units": (folder) => scheduling(trivialUnits(10_000), folder),
  "10 units of work": (folder) => work(10, folder),
  "100 units of work": (folder) => work(100, folder),
  "1 and 2 workers": workers,
  "1000 units of work": (folder) => work(1000, folder),
};
const onlyByName = "1000 units of work";

const [mode, ...words] = process.argv.slice(2);
if (mode === "--child") {
  const name = words.join(" ");
  const folder = await mkdtemp(join(tmpdir(), "neurosteer-bench-"));
  try {
    const [load] = loadavg();
    const found = await figures[name]!(folder);
    const peakMegabytes = process.resourceUsage().maxRSS / 1000;
    const figure = { work: name, ...found, peakMegabytes, load };
    console.log(
      JSON.stringify(figure, (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value)),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  // threads that are at their end may linger
  process.exit();
} else {
  const wanted = [mode, ...words].filter((word) => word !== undefined).join(" ");
  const isWanted = (name: string) => name.includes(wanted) && (name !== onlyByName || wanted === onlyByName);
  for (const name of Object.keys(figures).filter(isWanted)) {
    const { status } = spawnSync(process.execPath, [built("bench/studies.js"), "--child", name], { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
