import { PRIVATE, rangeOf } from "../core/address-ranges";

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
