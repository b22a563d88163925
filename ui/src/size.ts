/** Sizes as the person reads them. */
import type { Language } from "./words";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** How many of `all` bytes those are, in the unit that {@link sizeIn} has for all. */
export function partIn(language: Language, bytes: number, all: number): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1000 ** powerOf(all));
}

function powerOf(bytes: number): number {
  return bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
}

export function sizeIn(language: Language, bytes: number): string {
  const power = powerOf(bytes);
  const unit = UNITS[power] ?? "byte";
  const format = { style: "unit", unit, unitDisplay: power === 0 ? "long" : "short", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language, format).format(bytes / 1000 ** power);
}
