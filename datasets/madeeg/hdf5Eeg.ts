import { type EegSource, openHdf5File, type StudyChannel, ToolkitError } from "../../src/index.ts";

/** Where the EEG of a recording is. */
export interface EegRows {
  /** Path of the HDF5 file. */
  readonly file: string;
  /** The array in it, [rows, samples]. */
  readonly array: string;
  readonly rateHz: number;
  /** The channels to give and the rows they are in. */
  readonly channels: readonly { readonly row: number; readonly channel: StudyChannel }[];
}

/**
 * Opens rows of an array as EEG: samples are read when asked for.
 *
 * @throws ToolkitError as `openHdf5File`; reading throws `bad-value` for samples that are not finite
 */
export async function openEegRows({ file: path, array, rateHz, channels }: EegRows): Promise<EegSource> {
  const file = await openHdf5File(path);
  try {
    const dataset = file.dataset(array);
    const samples = dataset.shape[1]!;
    const rows = channels.map(({ row }) => row);
    // one block for all rows: where the file has chunks of several rows each is then unpacked once
    const first = Math.min(...rows);
    const end = Math.max(...rows) + 1;
    return {
      rateHz,
      samples,
      channels: channels.map(({ channel }) => channel),
      read: async (startSample, endSample) => {
        const block = await dataset.read([
          [first, end],
          [startSample, endSample],
        ]);
        const length = endSample - startSample;
        const read = rows.map((row) => block.subarray((row - first) * length, (row - first + 1) * length));
        read.forEach((values, c) => {
          const bad = values.findIndex((value) => !Number.isFinite(value));
          if (bad < 0) return;
          throw new ToolkitError(
            "bad-value",
            `${path}: ${dataset.path}: channel ${channels[c]!.channel.name} is ${values[bad]} at sample ${startSample + bad}; EEG must be finite`,
          );
        });
        return { rateHz, channels: read };
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
