/** Sizes as the person reads them. */
import type { Language } from "./words";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function sizeIn(language: Language, bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const unit = UNITS[power] ?? "byte";
  const format = { style: "unit", unit, unitDisplay: power === 0 ? "long" : "short", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language, format).format(bytes / 1000 ** power);
}
