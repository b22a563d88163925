/** A Library that is open, as a person finds their way around in it. */
import type { Shelves } from "../../src/app-types";
import { Library } from "../../src/library/frame";
import type { Menu } from "../../src/library/menu";
import type { LibraryWord } from "../../src/library/words";
import { settle } from "../fakes";
import { FakeDoor } from "./fakes";

/** What an element says, without what is between words for the machine. */
export const said = (element: Element): string => element.textContent!.replace(/\s+/g, " ").trim();

export class Opened {
  readonly library = new Library();

  private constructor(
    private readonly name: LibraryWord,
    readonly door: FakeDoor,
  ) {}

  /** At the place of that name. */
  static async at(name: LibraryWord, door = new FakeDoor({ online: true, waiting: [], saved: [] }), language = "en-GB"): Promise<Opened> {
    const opened = new Opened(name, door);
    const { library } = opened;
    library.door = door;
    library.language = language;
    library.shown = name;
    document.body.append(library);
    await settle();
    return opened;
  }

  get place(): ShadowRoot {
    return this.frame(`holdfast-${this.name}`)!.shadowRoot!;
  }

  /** Something of the frame. */
  frame(selector: string): HTMLElement | null {
    return this.library.renderRoot.querySelector<HTMLElement>(selector);
  }

  all(selector: string): HTMLElement[] {
    return [...this.place.querySelectorAll<HTMLElement>(selector)];
  }

  one(selector: string): HTMLElement {
    return this.all(selector)[0]!;
  }

  says(selector: string): string[] {
    return this.all(selector).map(said);
  }

  async click(selector: string): Promise<void> {
    this.one(selector).click();
    await settle();
  }

  /** The entries of the menu of a row. */
  async menu(row: number): Promise<HTMLElement[]> {
    const menu = this.all("li holdfast-menu")[row] as Menu;
    menu.renderRoot.querySelector("button")!.click();
    await settle();
    return [...menu.renderRoot.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  }

  async choose(row: number, name: string): Promise<void> {
    (await this.menu(row)).find((entry) => said(entry).endsWith(name))!.click();
    await settle();
  }

  /** Tells of a change. */
  async hear(shelves: Partial<Shelves>): Promise<void> {
    this.door.listener({ online: true, waiting: [], saved: [], ...shelves });
    await settle();
  }

  async go(name: string): Promise<void> {
    const tabs = [...this.library.renderRoot.querySelectorAll<HTMLElement>("nav button")];
    tabs.find((tab) => said(tab).endsWith(name))!.click();
    await settle();
  }
}
