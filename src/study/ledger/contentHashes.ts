import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { type FileStamp, fileStamp, openFile, readText, writeBytes } from "../../formats/file.ts";
import type { FileEntry } from "./unitRecord.ts";

const pieceBytes = 1 << 20;
/** A file written so shortly before it was read may have been written again at the same time on the clock. */
const settledMilliseconds = 2000;

const cacheSchema = z.record(
  z.string(),
  z.object({
    size: z.number(),
    modified: z.string(),
    changed: z.string(),
    inode: z.string(),
    hashedAt: z.number(),
    sha256: z.string(),
  }),
);
type Cached = z.infer<typeof cacheSchema>[string];

/**
 * SHA-256 of files, remembered by path, size, times and inode, so that a file that stayed the same is not read again. Within
 * one of these a file is looked at once; `changed` tells whether it is still as it was then.
 */
export class ContentHashes {
  readonly #path: string;
  readonly #cache: Map<string, Cached>;
  readonly #seen = new Map<string, { stamp: FileStamp; entry: FileEntry }>();

  private constructor(path: string, cache: Map<string, Cached>) {
    this.#path = path;
    this.#cache = cache;
  }

  /**
   * Loads what an earlier run remembered; nothing if the file is missing or damaged, as all of it can be had again.
   *
   * @param path where it is kept
   * @param options.trust false: read every file again. Default true
   */
  static async load(path: string, { trust = true } = {}): Promise<ContentHashes> {
    const text = trust ? await readText(path).catch(() => "{}") : "{}";
    return new ContentHashes(path, new Map(Object.entries(parsed(text))));
  }

  /**
   * Size and hash of a file.
   *
   * @throws ToolkitError `not-found`, `bad-format` if it is a folder, `truncated` if it shrinks meanwhile
   */
  async of(path: string): Promise<FileEntry> {
    const full = resolve(path);
    const seen = this.#seen.get(full);
    if (seen) return { ...seen.entry, path };
    const stamp = await fileStamp(full);
    const cached = this.#cache.get(full);
    let sha256 = cached && sameStamp(cached, stamp) && settled(cached) ? cached.sha256 : undefined;
    if (sha256 === undefined) {
      const hashedAt = Date.now();
      ({ sha256 } = await hashFile(full));
      this.#cache.set(full, { ...stamp, hashedAt, sha256 });
    }
    const entry = { path, size: stamp.size, sha256 };
    this.#seen.set(full, { stamp, entry });
    return entry;
  }

  /** Whether a file is no longer what it was when `of` looked at it. */
  async changed(path: string): Promise<boolean> {
    const full = resolve(path);
    const seen = this.#seen.get(full);
    const stamp = await fileStamp(full).catch(() => undefined);
    if (seen && stamp && sameStamp(seen.stamp, stamp)) return false;
    this.#seen.delete(full);
    return true;
  }

  /** Writes what is remembered. */
  async save(): Promise<void> {
    const entries = [...this.#cache].filter(([, entry]) => settled(entry));
    await writeBytes(this.#path, JSON.stringify(Object.fromEntries(entries)));
  }
}

/** Bytes of a file and the SHA-256 of its content, hexadecimal, read piece by piece. */
export async function hashFile(path: string): Promise<{ size: number; sha256: string }> {
  const source = await openFile(path);
  try {
    const hash = createHash("sha256");
    for (let at = 0; at < source.byteLength; at += pieceBytes) {
      hash.update(await source.read(at, Math.min(at + pieceBytes, source.byteLength)));
    }
    return { size: source.byteLength, sha256: hash.digest("hex") };
  } finally {
    await source.close();
  }
}

function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;
}

function settled({ modified, changed, hashedAt }: Cached): boolean {
  const latest = Math.max(Number(modified), Number(changed)) / 1e6;
  return latest + settledMilliseconds < hashedAt;
}

function parsed(text: string): z.infer<typeof cacheSchema> {
  try {
    return cacheSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
