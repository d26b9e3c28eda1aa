import { z } from "zod";
import { type ErrorCode, ToolkitError } from "../../core/error.ts";
import { checkUnitId } from "../ledger/unitId.ts";

const text = z.string().max(10_000);
const id = z.string().min(1).max(1000);
const path = z.string().min(1).max(4096);
const data: z.ZodType<unknown> = z.json();

const unitSchema = z.strictObject({
  id,
  kind: z.string().min(1).max(200),
  label: text,
  needs: z.array(id),
  inputs: z.array(path),
  options: data,
  job: data,
  memoryBytes: z.number().min(0).optional(),
  weight: z.number().min(0).optional(),
});

/** What a job in the queue carries. Plain data: nothing in it is run. */
const jobSchema = z.strictObject({
  /** Of the run that the unit is of. */
  run: z.string().regex(/^[0-9a-f]{32}$/),
  /** State of the program, as `programCode` has it. */
  code: z.string().min(1).max(200),
  node: z.int(),
  unit: unitSchema,
  /** Folder that the run has set aside for the unit; attempts are made beside it. */
  aside: path,
  needs: z.array(z.tuple([id, path])),
  /** Longest that an attempt may take. */
  timeoutSeconds: z.number().positive().optional(),
});

/** A unit on its way to a worker. */
export type QueueJob = z.infer<typeof jobSchema>;

const errorCodes = [
  "bad-shape",
  "bad-value",
  "bad-option",
  "bad-format",
  "truncated",
  "unsupported",
  "not-found",
  "not-writable",
  "exists",
  "aborted",
  "usage",
] as const satisfies readonly ErrorCode[];

const outcomeSchema = z.discriminatedUnion("kind", [
  /** The files are in the attempt's folder. */
  z.strictObject({
    kind: z.literal("done"),
    attempt: z.string().regex(/^[0-9a-f]{12}$/),
    files: z.int().min(0),
    bytes: z.int().min(0),
    host: z.string(),
  }),
  /** The unit failed with a ToolkitError, or the worker refused it. */
  z.strictObject({ kind: z.literal("failed"), code: z.enum(errorCodes), message: z.string() }),
  /** It failed with another error: a defect. */
  z.strictObject({
    kind: z.literal("unexpected"),
    name: z.string(),
    message: z.string(),
    stack: z.string().optional(),
  }),
  /** It was told to stop. */
  z.strictObject({ kind: z.literal("stopped") }),
  /** Its run gave no sign of life. */
  z.strictObject({ kind: z.literal("orphan") }),
]);

/** What a worker says of a unit. */
export type QueueOutcome = z.infer<typeof outcomeSchema>;

const progressSchema = z.strictObject({ done: z.number(), total: z.number(), label: z.string() });

/** How far a unit is. */
export type QueueProgress = z.infer<typeof progressSchema>;

/**
 * Checks what came out of a queue before anything is done with it.
 *
 * @throws ToolkitError `bad-format` for anything but a whole job
 */
export function parseQueueJob(value: unknown): QueueJob {
  const job = parsed(jobSchema, value, "the job");
  try {
    for (const each of [job.unit.id, ...job.unit.needs]) checkUnitId(each);
  } catch (cause) {
    throw new ToolkitError("bad-format", `the job: ${(cause as Error).message}`, { cause });
  }
  if (JSON.stringify(job.needs.map(([need]) => need)) !== JSON.stringify(job.unit.needs)) {
    throw new ToolkitError("bad-format", "the job: its folders are not those of the units that its unit needs");
  }
  return job;
}

/** The run that a job says it is of, whatever else is in it. */
export function runOfJob(value: unknown): string | undefined {
  const { run } = (value ?? {}) as { run?: unknown };
  return jobSchema.shape.run.safeParse(run).data;
}

/** @throws ToolkitError `bad-format` for anything but an outcome */
export function parseQueueOutcome(value: unknown): QueueOutcome {
  return parsed(outcomeSchema, value, "what a worker said");
}

/** How far a unit is; nothing for anything else. */
export function parseQueueProgress(value: unknown): QueueProgress | undefined {
  return progressSchema.safeParse(value).data;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  try {
    return schema.parse(value);
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const where = issue?.path.length ? ` at ${issue.path.join(".")}` : "";
    // data too deeply nested ends the stack
    const found = (issue?.message ?? "cannot be read").slice(0, 200);
    throw new ToolkitError("bad-format", `${what} is not what this version writes${where}: ${found}`);
  }
}
