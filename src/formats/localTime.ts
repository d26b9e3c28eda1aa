import type { LocalTime } from "./recording.ts";

/** The time itself if the calendar and the clock have it, otherwise `undefined`. */
export function checkedLocalTime(time: LocalTime): LocalTime | undefined {
  const { year, month, day, hour, minute, second } = time;
  const date = new Date(localMilliseconds(time));
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return same && year > 0 ? time : undefined;
}

/** Milliseconds since 1970 as if the clock on the wall showed UTC: good for differences within one file. */
export function localMilliseconds({ year, month, day, hour, minute, second }: LocalTime): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** The time some whole seconds later on the same clock. */
export function laterTime(time: LocalTime, seconds: number): LocalTime {
  const date = new Date(localMilliseconds(time) + seconds * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}
