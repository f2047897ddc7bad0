import { formatSize } from "../base/size";

/** Seconds: `83.4` as `1 min 23 s`, below ten seconds with tenths. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return joined(minutes, "min", whole % 60, "s");
  return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function joined(many: number, unit: string, few: number, smaller: string): string {
  return few === 0 ? `${many} ${unit}` : `${many} ${unit} ${few} ${smaller}`;
}

/** `4831838208` as `4.5 GiB (4,831,838,208 bytes)`. */
export function exactSize(bytes: number): string {
  const round = formatSize(bytes);
  return round.endsWith("bytes") ? round : `${round} (${bytes.toLocaleString("en")} bytes)`;
}

/** An ISO 8601 time: `2026-11-25T17:54:18.123Z` as `2026-11-25 17:54:18 UTC`. */
export function moment(iso: string): string {
  return iso.replace("T", " ").replace(/(?:\.\d+)?Z$/, " UTC");
}
