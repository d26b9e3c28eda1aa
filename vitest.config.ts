import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000, // Chromium started cold on a busy machine takes more than the usual 10 s
    coverage: { include: ["src/**", "datasets/**", "pipelines/**"], exclude: ["src/numeric/assembly/**"] },
  },
});
