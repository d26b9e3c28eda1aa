import { isAbsolute, resolve } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { pathKind } from "../../formats/file.ts";
import { resolveInside, visible } from "../studyPaths.ts";

/** The folders that a worker works in. */
export class QueueRoots {
  readonly #roots: readonly string[];

  private constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /**
   * Takes folders that have to be there.
   *
   * @throws ToolkitError `usage` if there is none, `not-found`
   */
  static async open(folders: readonly string[]): Promise<QueueRoots> {
    if (folders.length === 0) throw new ToolkitError("usage", "worker: no folder to work in; name one with --root");
    for (const folder of folders) {
      if ((await pathKind(folder)) === "folder") continue;
      throw new ToolkitError("not-found", `worker: ${folder} is no folder; name one that is there with --root`);
    }
    return new QueueRoots(folders.map((folder) => resolve(folder)));
  }

  /**
   * Refuses a path that does not lie in one of the folders when links are followed.
   *
   * @param path absolute, without `..`
   * @throws ToolkitError `bad-format`
   */
  check(path: string): void {
    const [first, ...others] = this.#roots;
    try {
      if (!isAbsolute(path) || resolve(path) !== path)
        throw new ToolkitError("bad-format", "not a plain absolute path");
      // a path that is spelt in another way on the disk would be checked as another
      if (resolveInside(first!, path, others) !== path) throw new ToolkitError("bad-format", "spelt in another way");
    } catch {
      throw new ToolkitError(
        "bad-format",
        `"${visible(path)}" is outside the folders that it works in; start it with --root for all of the study, its data and the results`,
      );
    }
  }
}
