import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { pathKind, readText } from "../formats/file.ts";
import { type StudyOptions, studyDefaults } from "./studyOptions.ts";

/** Name of the options file in a study's folder. */
export const studyFileName = "study.yaml";

/**
 * Reads a study's options from `study.yaml` in its folder; what the file leaves out keeps its default, and without the
 * file all defaults hold. Quantities carry their unit: `"250 ms"`, `"1 Hz"`, `"44.1 kHz"`.
 *
 * @param folder the study's folder
 * @throws ToolkitError `bad-format` if the file is not YAML, has an unknown key or a value that does not fit
 */
export async function readStudyFile(folder: string): Promise<StudyOptions> {
  const path = join(folder, studyFileName);
  if (!(await pathKind(path))) return studyDefaults;
  return parseStudyFile(await readText(path), path);
}

/**
 * Reads a study's options from the text of a study file.
 *
 * @param text YAML
 * @param name the file's name, for messages
 * @throws ToolkitError `bad-format`
 */
export async function parseStudyFile(text: string, name = studyFileName): Promise<StudyOptions> {
  const [{ parse }, { z }, { unit }] = await Promise.all([import("yaml"), import("zod"), import("mathjs")]);

  const quantity = (base: "s" | "Hz") =>
    z
      .string({ error: `needs a quantity with its unit, such as "${base === "s" ? "250 ms" : "8 Hz"}"` })
      .transform((value, context) => {
        try {
          return unit(value).toNumber(base);
        } catch {
          context.addIssue({
            code: "custom",
            message: `"${value}" is not a quantity in ${base === "s" ? "seconds" : "hertz"}`,
          });
          return z.NEVER;
        }
      });
  const seconds = quantity("s");
  const hertz = quantity("Hz").refine((value) => value > 0, { message: "must be above 0 Hz" });
  const count = z.int().min(1);

  const schema = z.strictObject({
    seed: z.int().min(0).optional(),
    preprocessing: z
      .strictObject({
        band: z.tuple([hertz, hertz]).optional(),
        filterOrder: count.optional(),
        phase: z.enum(["zero", "causal"]).optional(),
        rate: hertz.optional(),
        margin: seconds.optional(),
      })
      .optional(),
    spectrogram: z.strictObject({ window: seconds.optional(), hop: seconds.optional() }).optional(),
    decoder: z
      .strictObject({
        tmin: seconds.optional(),
        tmax: seconds.optional(),
        lambda: z.number().min(0).optional(),
      })
      .optional(),
    separation: z
      .strictObject({
        componentsPerSource: count.optional(),
        iterations: count.optional(),
        delta: z.number().min(0).optional(),
        sparsityActivations: z.number().min(0).optional(),
        templateFrames: count.optional(),
        maskExponent: z.number().positive().optional(),
        accelerator: z.enum(["auto", "portable", "blas"]).optional(),
      })
      .optional(),
    metrics: z.strictObject({ filterLength: count.optional() }).optional(),
  });

  const content = readYaml(parse, text, name);
  const result = schema.safeParse(content ?? {});
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const place = issue.path.join(".") || "the top level";
    throw new ToolkitError("bad-format", `${name}: ${place}: ${issue.message}`);
  }
  const file = result.data;
  const options: StudyOptions = {
    seed: file.seed ?? studyDefaults.seed,
    preprocessing: merge(studyDefaults.preprocessing, {
      lowHz: file.preprocessing?.band?.[0],
      highHz: file.preprocessing?.band?.[1],
      filterOrder: file.preprocessing?.filterOrder,
      phase: file.preprocessing?.phase,
      rateHz: file.preprocessing?.rate,
      marginSeconds: file.preprocessing?.margin,
    }),
    spectrogram: merge(studyDefaults.spectrogram, {
      windowSeconds: file.spectrogram?.window,
      hopSeconds: file.spectrogram?.hop,
    }),
    decoder: merge(studyDefaults.decoder, {
      minLagSeconds: file.decoder?.tmin,
      maxLagSeconds: file.decoder?.tmax,
      lambda: file.decoder?.lambda,
    }),
    separation: merge(studyDefaults.separation, file.separation ?? {}),
    metrics: merge(studyDefaults.metrics, file.metrics ?? {}),
  };
  checkTogether(name, options);
  return options;
}

/** Refuses values that are fine each but not together. */
function checkTogether(name: string, { preprocessing, spectrogram, decoder }: StudyOptions): void {
  const { lowHz, highHz, rateHz } = preprocessing;
  const refuse = (message: string): never => {
    throw new ToolkitError("bad-format", `${name}: ${message}`);
  };
  if (!(lowHz < highHz)) refuse(`preprocessing.band is ${lowHz} to ${highHz} Hz; the first must be the lower one`);
  if (!(highHz < rateHz / 2)) {
    refuse(`preprocessing.rate is ${rateHz} Hz; a band up to ${highHz} Hz needs more than ${2 * highHz} Hz`);
  }
  const { windowSeconds, hopSeconds } = spectrogram;
  if (!(hopSeconds > 0 && hopSeconds <= windowSeconds)) {
    refuse(`spectrogram.hop is ${hopSeconds} s; it must be above 0 and at most the window of ${windowSeconds} s`);
  }
  if (!(decoder.minLagSeconds <= decoder.maxLagSeconds)) {
    refuse(`decoder.tmin is ${decoder.minLagSeconds} s, later than tmax, ${decoder.maxLagSeconds} s`);
  }
}

function readYaml(parse: (text: string) => unknown, text: string, name: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new ToolkitError("bad-format", `${name}: is not YAML (${String((cause as Error).message)})`, { cause });
  }
}

function merge<T extends object>(defaults: T, given: { [Key in keyof T]?: T[Key] | undefined }): T {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
