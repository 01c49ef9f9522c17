import { BlockList, isIP } from "node:net";

/** A range of addresses, as in `10.0.0.0/8`. */
export interface AddressRange {
  /** How many bits all of its addresses share. */
  readonly prefix: number;
  /** Whether an address is in it. */
  has(ip: string): boolean;
  /** Whether all of another range is in it. */
  contains(cidr: string): boolean;
}

/** Reads a range; undefined when the text is none. */
export function rangeOf(cidr: string): AddressRange | undefined {
  const { address, prefix } = split(cidr);
  const family = familyOf(address);
  if (!family || !(prefix <= (family === "ipv4" ? 32 : 128))) return undefined;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  // A BlockList takes IPv4 for a part of IPv6.
  const has = (ip: string): boolean => familyOf(ip) === family && list.check(ip, family);
  const contains = (other: string): boolean => prefix <= split(other).prefix && has(split(other).address);
  return { prefix, has, contains };
}

/** The range of one address; undefined when the text is none. */
export function rangeOfOne(ip: string): string | undefined {
  const family = familyOf(ip);
  return family && `${ip}/${family === "ipv4" ? 32 : 128}`;
}

/** Where only the node itself and what is next to it is: metadata services of clouds answer there. RFC 3927, RFC 4291 */
export const LINK_LOCAL: readonly string[] = ["169.254.0.0/16", "fe80::/10"];

/** What organizations use inside: RFC 1918, RFC 6598 and RFC 4193. Clusters take the addresses of pods from there. */
export const PRIVATE: readonly string[] = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
];

/** Whether a range holds public addresses and private, local or link-local ones. */
export function isMixed(cidr: string): boolean {
  const range = rangeOf(cidr);
  return [...LINK_LOCAL, ...PRIVATE, "127.0.0.0/8", "::1/128"].some(
    (inner) => range?.contains(inner) && range.prefix < (rangeOf(inner)?.prefix ?? 0),
  );
}

/** Whether all of a range is link-local. */
export function isLinkLocal(cidr: string): boolean {
  return LINK_LOCAL.some((range) => rangeOf(range)?.contains(cidr));
}

/** The prefix is not a number where the text is no range. */
function split(cidr: string): { readonly address: string; readonly prefix: number } {
  const [, address = "", prefix] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  return { address, prefix: Number(prefix) };
}

function familyOf(ip: string): "ipv4" | "ipv6" | undefined {
  // A zone is of one machine; no range has one.
  const version = ip.includes("%") ? 0 : isIP(ip);
  return version === 0 ? undefined : version === 4 ? "ipv4" : "ipv6";
}
