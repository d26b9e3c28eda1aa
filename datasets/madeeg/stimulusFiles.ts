import { openFile, openWav, type Signal, ToolkitError, type WavFile } from "../../src/index.ts";

/** Header of a WAV file of the raw release. */
export interface StimulusFile {
  readonly path: string;
  readonly rateHz: number;
  /** Samples of each channel. */
  readonly samples: number;
}

/** The WAV files of the raw release; every header is read once. */
export class StimulusFolder {
  readonly #folder: string;
  readonly #headers = new Map<string, Promise<StimulusFile>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Reads the header of a file.
   *
   * @param name without folders
   * @throws ToolkitError `bad-format` for a name with folders, otherwise as `openWav`
   */
  header(name: string): Promise<StimulusFile> {
    const known = this.#headers.get(name);
    if (known) return known;
    const header = this.#readHeader(name);
    this.#headers.set(name, header);
    return header;
  }

  async #readHeader(name: string): Promise<StimulusFile> {
    if (!/^[^/\\]+\.wav$/i.test(name)) {
      throw new ToolkitError("bad-format", `${this.#folder}: "${name}" is no name of a WAV file in this folder`);
    }
    const path = `${this.#folder}/${name}`;
    return withWav(path, async ({ rateHz, samples }) => ({ path, rateHz, samples }));
  }
}

/**
 * Reads the first samples of a stimulus.
 *
 * @throws ToolkitError as `openWav`; `bad-value` if it is silent
 */
export async function readStimulus({ path }: StimulusFile, samples: number): Promise<Signal> {
  const signal = await withWav(path, (wav) => wav.read(0, samples));
  if (signal.channels.some((channel) => channel.some((value) => value !== 0))) return signal;
  throw new ToolkitError("bad-value", `${path}: is silent; a stimulus that sounds is needed`);
}

async function withWav<T>(path: string, work: (wav: WavFile) => Promise<T>): Promise<T> {
  const file = await openFile(path);
  try {
    return await work(await openWav(file));
  } finally {
    await file.close();
  }
}
