// Memory for two hours of EEG, 64 channels at 2048 Hz: `npm run build && node dist/bench/memory.js [figure...]` prints one JSON
// line a figure. Each runs in a process of its own, whose peak is told by the system. Files are sparse, written to the
// temporary folder and removed; a converted file takes 2 GB there.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PreprocessStream } from "../src/eeg/preprocessing.ts";
import { convertToEdf } from "../src/formats/convertToEdf.ts";
import { encodeEdf } from "../src/formats/encodeEdf.ts";
import { writeFileAside } from "../src/formats/file.ts";
import { openRecordingFile } from "../src/formats/openRecordingFile.ts";
import { readBlocks } from "../src/streams/blocks.ts";
import { recordingSource } from "../src/streams/sources.ts";

const sizes = { channels: 64, rateHz: 2048, seconds: 7200, toHz: 64 };
const limitMegabytes = 600;

/** A recording of zeros: the header of a second, its number of records and, for 24 bits, its first bytes changed. */
async function sparseRecording(bits: 16 | 24): Promise<string> {
  const { channels, rateHz, seconds } = sizes;
  const path = join(tmpdir(), `neurosteer-bench-${randomUUID()}.${bits === 24 ? "bdf" : "edf"}`);
  const samples = new Float64Array(rateHz);
  const limits = { physicalMinimum: -1000, physicalMaximum: 1000 };
  const signals = Array.from({ length: channels }, (_, c) => ({
    label: `A${c + 1}`,
    unit: "uV",
    rateHz,
    samples,
    ...limits,
  }));
  const second = encodeEdf({ signals });
  const headerBytes = 256 * (channels + 2);
  const header = second.slice(0, headerBytes);
  const put = (at: number, text: string) => new TextEncoder().encodeInto(text, header.subarray(at));
  put(236, String(seconds).padEnd(8));
  // plain EDF or BDF: the records keep no times
  put(192, (bits === 24 ? "24BIT" : "").padEnd(44));
  put(256 + 16 * channels, "Spare".padEnd(16));
  if (bits === 24) {
    put(1, "BIOSEMI");
    header[0] = 0xff;
  }
  const file = await open(path, "w");
  await file.write(header);
  await file.truncate(headerBytes + (((second.length - headerBytes) * bits) / 16) * seconds);
  await file.close();
  return path;
}

/** Reads windows of 4 s, filters causally at the full rate and resamples. */
async function preprocessAll(path: string): Promise<number> {
  const names = Array.from({ length: sizes.channels }, (_, c) => `A${c + 1}`);
  const stream = new PreprocessStream(
    [
      { step: "butterworth", phase: "causal", type: "bandpass", order: 2, lowHz: 1, highHz: 8 },
      { step: "resample", toHz: sizes.toHz },
    ],
    { names, rateHz: sizes.rateHz },
  );
  let samples = 0;
  for await (const { channels } of readBlocks(() => recordingSource(path, names))) {
    samples += stream.push(channels)[0]!.length;
  }
  return samples + stream.flush()[0]!.length;
}

async function convertAll(path: string): Promise<number> {
  const recording = await openRecordingFile(path);
  const out = `${path}.edf`;
  try {
    let bytes = 0;
    await writeFileAside(out, async (write) => {
      bytes = (await convertToEdf(recording, write)).byteLength;
    });
    return bytes;
  } finally {
    await recording.close();
    await rm(out, { force: true });
  }
}

const figures: Record<string, { bits: 16 | 24; run: (path: string) => Promise<number> }> = {
  "preprocess edf by windows": { bits: 16, run: preprocessAll },
  "preprocess bdf by windows": { bits: 24, run: preprocessAll },
  "convert bdf to edf": { bits: 24, run: convertAll },
};

const [mode, ...words] = process.argv.slice(2);
if (mode === "--child") {
  const { bits, run } = figures[words.join(" ")]!;
  const path = await sparseRecording(bits);
  try {
    const start = performance.now();
    const result = await run(path);
    const seconds = (performance.now() - start) / 1000;
    const peakMegabytes = process.resourceUsage().maxRSS / 1000;
    const within = peakMegabytes <= limitMegabytes;
    const figure = { work: words.join(" "), sizes, peakMegabytes, limitMegabytes, within, seconds, result };
    console.log(
      JSON.stringify(figure, (_, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value)),
    );
  } finally {
    await rm(path, { force: true });
  }
} else {
  const wanted = [mode, ...words].filter((word) => word !== undefined).join(" ");
  for (const name of Object.keys(figures).filter((figure) => figure.includes(wanted))) {
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--child", name], {
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  }
}
