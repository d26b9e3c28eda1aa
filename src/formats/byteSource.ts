import { ToolkitError } from "../core/error.ts";

/** Where bytes come from: a file, a buffer, anything that can be read by range. */
export interface ByteSource {
  /** Name for messages, such as the path. */
  readonly name: string;
  readonly byteLength: number;
  /**
   * Reads bytes `start` to `end` (excluded).
   *
   * @throws ToolkitError `truncated` if the range leaves the source
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Gives back what the source holds; reading afterwards is an error. */
  close(): Promise<void>;
}

/**
 * A source on bytes in memory.
 *
 * @param bytes the content; not copied
 * @param name name for messages, default `memory`
 */
export function memorySource(bytes: Uint8Array, name = "memory"): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    read: async (start, end) => {
      checkRange(name, bytes.byteLength, start, end);
      return bytes.subarray(start, end);
    },
    close: async () => {},
  };
}

/**
 * Refuses a byte range outside a source.
 *
 * @throws ToolkitError `truncated`
 */
export function checkRange(name: string, byteLength: number, start: number, end: number): void {
  if (start >= 0 && start <= end && end <= byteLength) return;
  throw new ToolkitError(
    "truncated",
    `${name}: bytes ${start} to ${end} are needed, the file has ${byteLength}; it is cut short`,
  );
}
