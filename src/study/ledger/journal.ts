import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { type Appender, openAppender, pathKind, readText } from "../../formats/file.ts";
import { unitRecordSchema } from "./unitRecord.ts";

const time = z.string();
const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("planned"), time, plan: z.string(), ids: z.array(z.string()) }),
  z.object({ event: z.literal("started"), time, id: z.string(), key: z.string() }),
  z.object({
    event: z.literal("done"),
    time,
    id: z.string(),
    key: z.string(),
    manifest: z.string(),
    kind: z.string(),
    weight: z.number(),
    seconds: z.number(),
    how: z.enum(["run", "adopted", "merged"]),
  }),
  z.object({
    event: z.literal("failed"),
    time,
    id: z.string(),
    key: z.string().optional(),
    code: z.string(),
    message: z.string(),
    input: z.string(),
    stack: z.string().optional(),
    record: unitRecordSchema.optional(),
  }),
  z.object({ event: z.literal("interrupted"), time, id: z.string(), key: z.string() }),
  z.object({ event: z.literal("stopped"), time, code: z.string(), message: z.string() }),
]);

/**
 * What happened to a ledger: `planned` names all units of a run, `done` has the SHA-256 of the unit's manifest, `failed` what
 * the unit depended on, as it has no manifest.
 */
export type JournalEvent = z.infer<typeof eventSchema>;

type WithoutTime<Event> = Event extends unknown ? Omit<Event, "time"> : never;

/** An event to be added; the journal puts the time to it. */
export type NewEvent = WithoutTime<JournalEvent>;

/** What a journal holds. */
export interface JournalContent {
  readonly events: readonly JournalEvent[];
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** What was wrong with it. */
  readonly remarks: readonly string[];
}

/** Name of the journal in a ledger's folder. */
export const journalName = "journal.jsonl";

/**
 * Reads a journal: one JSON object a line, `{"crc32":"8 hexadecimal digits","event":{...}}`, the checksum that of the event's text.
 * A last line that was cut short is left out, so is a damaged line elsewhere; `remarks` says so.
 */
export async function readJournal(root: string): Promise<JournalContent> {
  const path = join(root, journalName);
  if ((await pathKind(path)) !== "file") return { events: [], wholeBytes: 0, remarks: [] };
  const text = await readText(path);
  const lines = text.split("\n");
  const torn = lines.pop()!;
  const parsed = lines.map(parseLine);
  const remarks: string[] = [];
  let whole = lines.length;
  // a line torn in the middle of a block may have kept its end
  while (whole > 0 && parsed[whole - 1] === undefined) whole--;
  if (torn !== "" || whole < lines.length) {
    remarks.push(`${path}: the last line was cut short when a run was interrupted; it is left out`);
  }
  parsed.slice(0, whole).forEach((line, i) => {
    if (line === undefined) remarks.push(`${path}: line ${i + 1} is damaged; it is left out`);
  });
  return {
    events: parsed.flatMap((line) => line?.event ?? []),
    wholeBytes: lines.slice(0, whole).reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0),
    remarks,
  };
}

/** Writes a journal's lines, each on the disk before `add` returns; lines that come together are written together. */
export class JournalWriter {
  readonly #appender: Appender;
  #waiting: string[] = [];
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(appender: Appender) {
    this.#appender = appender;
  }

  /** Opens the journal behind what is whole in it; what is not is cut off. */
  static async open(root: string, { wholeBytes }: JournalContent): Promise<JournalWriter> {
    return new JournalWriter(await openAppender(join(root, journalName), wholeBytes));
  }

  /**
   * Adds an event.
   *
   * @throws ToolkitError `not-writable`
   */
  add(event: NewEvent): Promise<void> {
    this.#waiting.push(journalLine({ ...event, time: new Date().toISOString() }));
    if (this.#next === undefined) {
      this.#next = this.#writing.then(async () => {
        const text = this.#waiting.join("");
        this.#waiting = [];
        this.#next = undefined;
        await this.#appender.append(text);
      });
      this.#writing = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#appender.close();
  }
}

/** An event as a line of the journal, line feed included. */
export function journalLine(event: JournalEvent): string {
  const body = JSON.stringify(event);
  return `{"crc32":"${checksum(body)}","event":${body}}\n`;
}

/** A whole line, without event if it is of a kind that another version of the toolkit wrote. */
function parseLine(line: string): { event?: JournalEvent } | undefined {
  const found = /^\{"crc32":"([0-9a-f]{8})","event":(.*)\}$/.exec(line);
  if (found === null || checksum(found[2]!) !== found[1]) return undefined;
  const event = eventSchema.safeParse(JSON.parse(found[2]!));
  return event.success ? { event: event.data } : {};
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
