import { existsSync, rmSync } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { type ByteSource, checkRange } from "./byteSource.ts";

/**
 * Opens a file for reading by range; nothing is read yet.
 *
 * @throws ToolkitError `not-found` if there is no such file, `bad-format` if it is a folder
 */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path, "r").catch((cause) => {
    throw missing(path, cause);
  });
  const { size } = await checkedStat(path, handle);
  return {
    name: path,
    byteLength: size,
    read: async (start, end) => {
      checkRange(path, size, start, end);
      // not zeroed first: every byte is overwritten or the read fails
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(end - start).buffer);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) checkRange(path, start + done, start, end);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/**
 * Opens a file in the folder of another one.
 *
 * @param path the other one
 * @param name without folders
 * @returns `undefined` if there is no file of that name
 */
export async function openSibling(path: string, name: string): Promise<ByteSource | undefined> {
  const beside = join(dirname(path), name);
  return (await pathKind(beside)) === "file" ? openFile(beside) : undefined;
}

async function checkedStat(path: string, handle: Awaited<ReturnType<typeof open>>) {
  const info = await handle.stat();
  if (info.isFile()) return info;
  await handle.close();
  throw new ToolkitError("bad-format", `${path}: is not a regular file; name a file`);
}

/**
 * Reads a whole text file as UTF-8.
 *
 * @throws ToolkitError `not-found`
 */
export async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause) => {
    throw missing(path, cause);
  });
}

/** Names in a folder, sorted by code point so that every machine lists them alike. */
export async function listFolder(path: string): Promise<string[]> {
  const names = await readdir(path).catch((cause) => {
    throw missing(path, cause);
  });
  return names.sort();
}

/** What a path is; `undefined` where there is nothing. */
export async function pathKind(path: string): Promise<"file" | "folder" | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info && (info.isDirectory() ? "folder" : "file");
}

/** Writes bytes at a place of the file. */
export type FileWriter = (bytes: Uint8Array, position: number) => Promise<void>;

/**
 * Writes a file piece by piece; it gets its name only when it is complete, and is removed if the work fails.
 *
 * @param path the file; replaced if it is there
 * @param work gets the writer
 * @throws ToolkitError `not-writable` if the system refuses
 */
export async function writeFileAside(path: string, work: (write: FileWriter) => Promise<void>): Promise<void> {
  const aside = `${path}.partial`;
  const removeAside = () => removeQuietly(aside);
  process.once("exit", removeAside);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(aside, "w");
    try {
      await work(async (bytes, position) => {
        let done = 0;
        while (done < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
      });
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    removeAside();
    throw writeError(path, error);
  } finally {
    process.off("exit", removeAside);
  }
}

/** Writes a file, making the folders above it; an existing file is replaced in one step. */
export function writeBytes(path: string, bytes: Uint8Array | string): Promise<void> {
  return writeFileAside(path, (write) => write(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, 0));
}

/**
 * Removes a file; one that is not there is no error.
 *
 * @throws ToolkitError `not-writable` if the system refuses
 */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch((cause) => {
    throw writeError(path, cause);
  });
}

/** Options of `writeFolder`. */
export interface WriteFolderOptions {
  /**
   * Replace a folder that is there already, but only if it holds a file of this name: the mark that this toolkit wrote
   * it. Default: never replace.
   */
  readonly replaceMarkedBy?: string;
}

/**
 * Builds a folder aside and gives it its name only when it is complete, so that nobody ever sees half of it.
 *
 * @param path the folder to make
 * @param build gets the folder to write into; if it fails, that folder is removed
 * @throws ToolkitError `exists` if something is at `path` that may not be replaced, `not-writable` if the system refuses
 */
export async function writeFolder<T>(
  path: string,
  build: (folder: string) => Promise<T>,
  options: WriteFolderOptions = {},
): Promise<T> {
  const target = resolve(path);
  const mark = options.replaceMarkedBy;
  const replaces = existsSync(target);
  if (replaces && mark === undefined) {
    throw new ToolkitError("exists", `${path}: is there already; name a new folder or remove it first`);
  }
  if (replaces && !existsSync(join(target, mark!))) {
    throw new ToolkitError(
      "exists",
      `${path}: is there already and was not written by neurosteer (no ${mark}); name another`,
    );
  }
  // A folder made by mkdtemp would keep everybody else out for good
  const aside = join(dirname(target), `.${basename(target)}-${process.pid}-${process.hrtime.bigint()}`);
  const old = `${aside}-old`;
  const removeAside = () => removeQuietly(aside);
  process.once("exit", removeAside);
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(aside);
    const result = await build(aside);
    if (replaces) await rename(target, old);
    await rename(aside, target);
    if (replaces) await rm(old, { recursive: true });
    return result;
  } catch (error) {
    removeAside();
    throw writeError(path, error);
  } finally {
    process.off("exit", removeAside);
  }
}

/** What tells one state of a file from a later one without reading it; times in nanoseconds since 1970, as decimal text. */
export interface FileStamp {
  readonly size: number;
  readonly modified: string;
  /** When content, name or rights last changed; unlike `modified`, no program can set it. */
  readonly changed: string;
  readonly inode: string;
}

/**
 * The stamp of a regular file; a link is followed.
 *
 * @throws ToolkitError `not-found`, `bad-format` if it is a folder
 */
export async function fileStamp(path: string): Promise<FileStamp> {
  const info = await stat(path, { bigint: true }).catch((cause) => {
    throw missing(path, cause);
  });
  if (!info.isFile()) throw new ToolkitError("bad-format", `${path}: is not a regular file; name a file`);
  return {
    size: Number(info.size),
    modified: String(info.mtimeNs),
    changed: String(info.ctimeNs),
    inode: String(info.ino),
  };
}

/**
 * Every file below a folder, as paths from it with forward slashes, sorted.
 *
 * @throws ToolkitError `not-found`, `bad-format` for a link, a pipe or anything else that is neither file nor folder
 */
export async function listTree(folder: string): Promise<string[]> {
  const files: string[] = [];
  const visit = async (inside: string): Promise<void> => {
    const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch((cause) => {
      throw missing(join(folder, inside), cause);
    });
    for (const entry of entries) {
      const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) files.push(path);
      else throw new ToolkitError("bad-format", `${join(folder, path)}: is neither a file nor a folder; write files`);
    }
  };
  await visit("");
  return files.sort();
}

/** Makes a folder and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch(async (error) => {
    // Node says ENOENT where the file system is read-only; the topmost folder that is missing gives the real reason
    let top = resolve(path);
    while (top !== dirname(top) && !existsSync(dirname(top))) top = dirname(top);
    await writing(path, mkdir(top));
    throw writeError(path, error);
  });
}

/** Removes a folder with all that is in it; one that is not there is no error. */
export async function removeFolder(path: string): Promise<void> {
  await writing(path, rm(path, { recursive: true, force: true }));
}

/** Gives a file or folder another name in the same file system, making the folders above. */
export async function movePath(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await writing(to, rename(from, to));
}

/** Copies a file, making the folders above. */
export async function copyBytes(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await writing(to, copyFile(from, to));
}

/** Sets the time of a file to now. */
export async function touchFile(path: string): Promise<void> {
  await writing(path, utimes(path, new Date(), new Date()));
}

/** Has the system write a file or the names in a folder to the disk, so that they outlast a loss of power. */
export async function syncPath(path: string): Promise<void> {
  try {
    const handle = await open(path, "r");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // some systems and network drives cannot open or sync a folder, or only sync what is open for writing
    const { code = "" } = error as { code?: string };
    if (!["EINVAL", "EPERM", "EISDIR", "ENOTSUP", "EBADF"].includes(code)) throw writeError(path, error);
  }
}

/**
 * Makes a file that must not be there yet, in one step among all processes, and has it written to the disk.
 *
 * @returns false if it is there already
 */
export async function createFile(path: string, text: string): Promise<boolean> {
  const handle = await open(path, "wx").catch((error: { code?: string }) => {
    if (error.code === "EEXIST") return undefined;
    throw writeError(path, error);
  });
  if (handle === undefined) return false;
  try {
    await handle.writeFile(text);
    await handle.sync();
    return true;
  } catch (error) {
    removeQuietly(path);
    throw writeError(path, error);
  } finally {
    await handle.close();
  }
}

/** A file that grows at its end. */
export interface Appender {
  /** Returns when the text is on the disk; if it cannot be written, the file is as long as before. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file for appending, making it if need be.
 *
 * @param path the file; the folder must be there
 * @param keep bytes to keep of what is in it, the rest is cut off
 * @throws ToolkitError `not-writable`
 */
export async function openAppender(path: string, keep: number): Promise<Appender> {
  const handle = await writing(path, open(path, "a"));
  let length = (await handle.stat()).size;
  if (length > keep) {
    await writing(path, handle.truncate(keep));
    length = keep;
  }
  await syncPath(dirname(path));
  return {
    append: async (text) => {
      try {
        await handle.appendFile(text);
        await handle.datasync();
        length += Buffer.byteLength(text);
      } catch (error) {
        await handle.truncate(length).catch(() => undefined);
        throw writeError(path, error);
      }
    },
    close: () => handle.close(),
  };
}

async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw writeError(path, error);
  });
}

/** Removes what was set aside, if it is there at all; a failure here must not hide the one that led here. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // nothing was made at this place, or it cannot be reached any more
  }
}

/** What the system refused becomes one line that names the output; everything else stays what it is. */
function writeError(path: string, error: unknown): unknown {
  const { code, syscall } = error as { code?: string; syscall?: string };
  if (error instanceof ToolkitError || code === undefined || syscall === undefined) return error;
  return new ToolkitError(
    "not-writable",
    `${path}: cannot be written (${code}, ${syscall}); name a folder that can be written to and has room`,
    { cause: error },
  );
}

function missing(path: string, cause: unknown): ToolkitError {
  const code = (cause as { code?: string }).code;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new ToolkitError("not-found", `${path}: no such file or folder`, { cause });
  }
  return new ToolkitError("not-found", `${path}: cannot be read (${code ?? String(cause)})`, { cause });
}
