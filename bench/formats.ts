import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeEdf } from "../src/formats/encodeEdf.ts";
import { openFile, writeBytes } from "../src/formats/file.ts";
import { openEdf } from "../src/formats/openEdf.ts";
import type { BenchCase } from "./measure.ts";
import { noise } from "./noise.ts";

const sizes = { channels: 64, rateHz: 512, seconds: 600 };
const file = join(tmpdir(), `neurosteer-bench-${randomUUID()}.edf`);

/** An EDF+ file of ten minutes (39 MB): opened, read to physical values with its annotations, closed. */
export const formatsCases: BenchCase[] = [
  {
    work: "edf read",
    sizes,
    peers: true,
    file,
    setup: async () => {
      const { channels, rateHz, seconds } = sizes;
      const signals = noise("eeg", channels, rateHz * seconds).map((samples, c) => ({
        label: `EEG ${c + 1}`,
        unit: "uV",
        rateHz,
        physicalMinimum: -1,
        physicalMaximum: 1,
        samples,
      }));
      await writeBytes(file, encodeEdf({ signals }));
      return async () => {
        const recording = await openEdf(await openFile(file));
        await recording.read();
        // MNE reads them too
        await recording.annotations();
        await recording.close();
      };
    },
    finish: () => rm(file, { force: true }),
  },
];
