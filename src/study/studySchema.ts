import { ToolkitError } from "../core/error.ts";
import { nearestName } from "../core/nearestName.ts";

/**
 * The schema of a study file, as it is written: quantities are texts with their unit, everything may be left out.
 *
 * @returns a zod schema whose output has quantities in seconds and hertz
 */
export async function createStudySchema() {
  const [{ z }, { unit }] = await Promise.all([import("zod"), import("mathjs")]);

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

  const names = z.array(z.string().min(1)).min(1);
  const path = z.string().min(1);
  const schema = z.strictObject({
    seed: z.int().min(0).optional(),
    data: z
      .strictObject({
        dataset: z.enum(["bids", "folder", "madeeg"]).optional(),
        root: path.optional(),
        release: z.enum(["preprocessed", "raw"]).optional(),
        roots: z.array(path).optional(),
        subjects: names.optional(),
        exclude: z
          .array(z.strictObject({ subject: path, trial: path.optional(), reason: z.string().min(1) }))
          .optional(),
      })
      .optional(),
    preprocessing: z
      .strictObject({
        notch: z.array(hertz).optional(),
        rate: hertz.optional(),
        band: z.tuple([hertz, hertz]).optional(),
        filter: z.enum(["butterworth", "fir"]).optional(),
        filterOrder: count.optional(),
        phase: z.enum(["zero", "causal"]).optional(),
        margin: seconds.optional(),
        badChannels: z.enum(["keep", "drop", "interpolate"]).optional(),
        reference: z.union([z.enum(["none", "average"]), names]).optional(),
        ocular: z.enum(["none", "regression"]).optional(),
        artefacts: z.enum(["none", "interpolate", "exclude"]).optional(),
        artefactMads: z.number().positive().optional(),
      })
      .optional(),
    spectrogram: z.strictObject({ window: seconds.optional(), hop: seconds.optional() }).optional(),
    decoder: z
      .strictObject({
        features: z
          .array(z.enum(["activations", "envelope", "onsets", "flux", "mel"]))
          .min(1)
          .optional(),
        envelope: z.enum(["gammatone", "hilbert", "rms"]).optional(),
        tmin: seconds.optional(),
        tmax: seconds.optional(),
        method: z.enum(["ridge", "tikhonov", "shrinkage"]).optional(),
        lambda: z.union([z.number().min(0), z.array(z.number().min(0)).min(1)]).optional(),
        lambdaConvention: z.enum(["relative", "plain", "mtrf", "mtrfpy"]).optional(),
        edges: z.enum(["valid", "zeropad"]).optional(),
        regime: z.enum(["within-subject", "leave-one-subject-out", "adapted"]).optional(),
        ownWeight: z.number().positive().optional(),
        groupBy: z.enum(["trial", "mixture", "song", "subject"]).optional(),
        folds: z.union([z.literal("all"), z.int().min(2)]).optional(),
        innerFolds: z.int().min(2).optional(),
        allowSharedStimuli: z.boolean().optional(),
        windows: z
          .array(z.union([z.literal("trial"), seconds]))
          .min(1)
          .optional(),
        permutations: count.optional(),
        controls: z.boolean().optional(),
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
    methods: z
      .array(z.union([z.string().min(1), z.looseObject({ method: z.string().min(1) })]))
      .min(1)
      .optional(),
    metrics: z.strictObject({ filterLength: count.optional() }).optional(),
    statistics: z
      .strictObject({
        baseline: z.string().min(1).optional(),
        test: z.enum(["wilcoxon", "sign-flip"]).optional(),
        correction: z.enum(["holm", "bh", "none"]).optional(),
        resamples: count.optional(),
        confidence: z.number().gt(0).lt(1).optional(),
      })
      .optional(),
    outputs: z.strictObject({ audio: z.boolean().optional(), museval: z.boolean().optional() }).optional(),
  });

  return schema;
}

/** A study file's content, quantities in seconds and hertz. */
export type StudyFileContent = ReturnType<Awaited<ReturnType<typeof createStudySchema>>["parse"]>;

/**
 * Checks the content of a study file.
 *
 * @param content plain data
 * @param name the file's name, for messages
 * @throws ToolkitError `bad-format`: the first thing that does not fit, with the known key an unknown one is most like
 */
export async function checkStudyContent(content: unknown, name: string): Promise<StudyFileContent> {
  const schema = await createStudySchema();
  const result = schema.safeParse(content ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const place = issue.path.join(".") || "the top level";
  throw new ToolkitError("bad-format", `${name}: ${place}: ${issueText(issue, schema.shape)}`);
}

/** The message of a schema's complaint; of an unknown key with the known one it is most like. */
function issueText(
  issue: { code?: string; message: string; keys?: readonly string[]; path: readonly PropertyKey[] },
  shape: Record<string, unknown>,
): string {
  const key = issue.code === "unrecognized_keys" ? issue.keys?.[0] : undefined;
  if (key === undefined) return issue.message;
  const known = Object.keys(issue.path.length === 0 ? shape : shapeOf(shape[String(issue.path[0])]));
  const like = nearestName(key, known);
  return `unknown key "${key}"; ${like === undefined ? `there are ${known.join(", ")}` : `did you mean ${like}?`}`;
}

/** The fields of an optional object of a schema. */
function shapeOf(field: unknown): Record<string, unknown> {
  const { unwrap } = field as { unwrap?: () => { shape: Record<string, unknown> } };
  return unwrap === undefined ? {} : (field as { unwrap: () => { shape: Record<string, unknown> } }).unwrap().shape;
}
