import { NAMESPACE_NAME } from "../core/labels";
import type { NetworkPeer } from "./network-policies";
import { demandedValues, type LabelSelector } from "./network-selectors";

/** What is not in the Plans, as rules of policies name it. */
export type Outside =
  | { readonly kind: "anywhere" }
  | {
      readonly kind: "addresses";
      readonly cidr: string;
      /** Ranges inside of it that are left out. */
      readonly except: readonly string[];
      /** Whether it is all of the internet, and no pod. */
      readonly isInternet: boolean;
    }
  | { readonly kind: "host"; readonly host: string }
  | { readonly kind: "entity"; readonly entity: string }
  | {
      readonly kind: "pods";
      readonly namespace: string;
      /** Which pods of the namespace. */
      readonly selector: LabelSelector;
    };

/** The places that a peer names. Pods are named only where the peer says the names of their namespaces. */
export function outsideOf(peer: NetworkPeer, namespace: string): readonly Outside[] {
  switch (peer.kind) {
    case "addresses": {
      const { cidr, except, isEverywhere, holdsPods } = peer.block;
      return [{ kind: "addresses", cidr, except, isInternet: isEverywhere && !holdsPods }];
    }
    case "host":
      return [{ kind: "host", host: peer.host }];
    case "entity":
      return [{ kind: "entity", entity: peer.entity }];
    case "pods": {
      const names = peer.namespaces ? (demandedValues(peer.namespaces, NAMESPACE_NAME) ?? []) : [namespace];
      return names.map((name) => ({ kind: "pods", namespace: name, selector: peer.pods }));
    }
  }
}
