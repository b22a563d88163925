/** `navigator.sendBeacon`, for the site. */
import { extract } from "./body";
import type { Context } from "./submit";

/** Sends beacons through the door; nobody waits for their answers. */
export function installBeacon(proto: Navigator, { site, submit }: Context): void {
  const native = proto.sendBeacon;
  proto.sendBeacon = function (address, content = null) {
    const url = site.resolve(String(address));
    if (url === null) return native.call(this, address, content);
    const body = extract(content);
    const headers: [string, string][] = body?.type == null ? [] : [["content-type", body.type]];
    void submit({ method: "POST", url: url.href, headers, mode: "fetch", pieces: body?.pieces ?? [] });
    return true;
  };
}
