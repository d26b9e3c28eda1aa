import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import { parseRedisUrl } from "../../../src/study/executors/queueAddress.ts";

describe("the address of a Redis", () => {
  it.each([
    ["redis://cluster-3", { host: "cluster-3", port: 6379, db: 0 }, "redis://cluster-3:6379"],
    ["redis://cluster-3:7000/2", { host: "cluster-3", port: 7000, db: 2 }, "redis://cluster-3:7000"],
    ["rediss://cluster-3/", { host: "cluster-3", port: 6379, db: 0, tls: {} }, "rediss://cluster-3:6379"],
    ["redis://[::1]:7000", { host: "::1", port: 7000, db: 0 }, "redis://[::1]:7000"],
    ["redis://:p%40ss@h", { host: "h", port: 6379, db: 0, password: "p@ss" }, "redis://h:6379"],
    [
      "rediss://me:p%3A%2F@h",
      { host: "h", port: 6379, db: 0, username: "me", password: "p:/", tls: {} },
      "rediss://h:6379",
    ],
  ])("reads %s", (url, options, shown) => {
    const address = parseRedisUrl(url);
    expect(address.options).toEqual(options);
    expect(address.shown).toBe(shown);
  });

  it.each([
    "s3cret",
    "http://someone:s3cret@host",
    "redis:s3cret@host",
    "redis://someone:s3cret@",
    "redis://someone:s3cret@host/name",
    "redis://someone:s3cret%@host",
    "redis://someone:s3cret@host?family=6",
    "redis://someone:s3cret#3@host",
    "redis://some one:s3cret@ho st",
  ])("refuses %s as wrong use, without repeating it", (url) => {
    try {
      parseRedisUrl(url);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ToolkitError);
      const { code, message, cause } = error as ToolkitError;
      expect(code).toBe("usage");
      expect(message).not.toMatch(/s3cret|someone|some one/);
      expect(cause).toBeUndefined();
    }
  });

  it("takes password and user out of texts, as they are written and as they are meant", () => {
    const { redact } = parseRedisUrl("redis://me+you:a%2Fb.c-d@host");
    expect(redact("NOPERM User me+you has no rights (a/b.c-d, a%2Fb.c-d), some me+yous stay, axb.c-d too")).toBe(
      "NOPERM User *** has no rights (***, ***), some me+yous stay, axb.c-d too",
    );
  });

  it("leaves texts as they are where there is nothing to hide", () => {
    expect(parseRedisUrl("redis://host").redact("User default")).toBe("User default");
  });
});
