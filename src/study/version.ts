import { createRequire } from "node:module";

/** The toolkit's version, as its package.json states it. */
export const version: string = createRequire(import.meta.url)("neurosteer/package.json").version;
