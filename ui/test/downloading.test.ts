import { expect, test } from "vitest";
import type { Download } from "../src/app-types";
import { downloading } from "../src/downloading";

const one: Download = { id: 1, name: "report.pdf", bytes: 3_200_000, allBytes: 10_000_000, state: "running", canOpen: true, atMs: 0 };

test("one thing is said of downloads: what runs first, then what has ended last", () => {
  const check = (downloads: Partial<Download>[], en: string | null, de: string | null, ...acts: string[]) => {
    const all = downloads.map((download) => ({ ...one, ...download }));
    const said = downloading(all, "en");
    expect([said?.text ?? null, downloading(all, "de")?.text ?? null]).toEqual([en, de]);
    expect(said?.acts.map(({ label, ids }) => `${label} ${ids.join()}`) ?? []).toEqual(acts);
  };
  check([], null, null);
  check([{}], "report.pdf · 3.2 of 10 MB", "report.pdf · 3,2 von 10 MB", "Cancel 1");
  check([{ allBytes: 10_500 , bytes: 0 }], "report.pdf · 0 of 10.5 kB", "report.pdf · 0 von 10,5 kB", "Cancel 1");
  check([{ allBytes: null }], "report.pdf · 3.2 MB", "report.pdf · 3,2 MB", "Cancel 1");
  check([{}, { id: 2 }], "2 files are being downloaded · 6.4 MB", "2 Dateien werden heruntergeladen · 6,4 MB", "Cancel 1,2");
  check([{ state: "saved" }], "report.pdf was saved.", "report.pdf wurde gespeichert.", "Show in folder 1", "Open 1");
  check([{ state: "saved", canOpen: false }], "report.pdf was saved.", "report.pdf wurde gespeichert.", "Show in folder 1");
  check([{}, { id: 2, state: "saved" }], "report.pdf · 3.2 of 10 MB", "report.pdf · 3,2 von 10 MB", "Cancel 1");
  check([{ state: "failed" }], "report.pdf could not be downloaded.", "report.pdf konnte nicht heruntergeladen werden.");
  check([{ state: "cancelled" }], null, null);
  const offline = downloading([{ ...one, state: "offline" }], "de")?.text;
  expect(offline).toBe("report.pdf konnte nicht heruntergeladen werden, weil keine Verbindung bestand.");
  const full = downloading([{ ...one, state: "not-written" }], "en")?.text;
  expect(full).toBe("report.pdf could not be written to the folder for downloads.");
});
