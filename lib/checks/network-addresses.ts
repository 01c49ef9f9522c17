import { BlockList, isIP } from "node:net";

/** A range of addresses with holes, as in `ipBlock` of a NetworkPolicy. */
export interface AddressBlock {
  /** As in `10.0.0.0/8`. */
  readonly cidr: string;
  /** Ranges inside of it that are left out. */
  readonly except: readonly string[];
  /** Whether it is every address of its family, but for what is left out: a host name may lead to any of them. */
  readonly isEverywhere: boolean;
  /**
   * Whether pods may have addresses of it. Nobody knows these before they run; they are private, so a block that holds a whole
   * private range may hold those of pods.
   */
  readonly holdsPods: boolean;
  /** Whether an address is in it, and not left out. */
  has(ip: string): boolean;
}

// https://datatracker.ietf.org/doc/html/rfc1918, rfc6598 and rfc4193: where clusters take the addresses of pods from.
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** Reads an `ipBlock`. What is no range holds nothing. */
export function addressBlock(cidr: string, except: readonly string[] = []): AddressBlock {
  const within = rangeOf(cidr);
  const without = except.flatMap((hole) => rangeOf(hole) ?? []);
  return {
    cidr,
    except,
    isEverywhere: within?.prefix === 0,
    holdsPods: PRIVATE.some((range) => within?.contains(range) && !without.some((hole) => hole.contains(range))),
    has: (ip) => (within?.has(ip) ?? false) && !without.some((hole) => hole.has(ip)),
  };
}

interface Range {
  readonly prefix: number;
  has(ip: string): boolean;
  /** Whether all of another range is in it. */
  contains(cidr: string): boolean;
}

function rangeOf(cidr: string): Range | undefined {
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

/** The prefix is not a number where the text is no range. */
function split(cidr: string): { readonly address: string; readonly prefix: number } {
  const [, address = "", prefix] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  return { address, prefix: Number(prefix) };
}

function familyOf(ip: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(ip);
  return version === 0 ? undefined : version === 4 ? "ipv4" : "ipv6";
}
