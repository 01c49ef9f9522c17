import type { k8s } from "cdk8s-plus-28";
import type { Offer } from "../../core/capability";
import type { EntryEndpoint } from "./entry";
import type { HttpEntry } from "./types";

type CertManager = Extract<Offer, { name: "cert-manager" }>;

/**
 * The Ingress of an endpoint to the port of a Service.
 *
 * @param names - of the Service and of the Ingress; the certificate that cert-manager makes is named after the latter
 * @param issuer - cert-manager, where the cluster has it
 */
export function ingressOf(
  endpoint: EntryEndpoint,
  names: { readonly service: string; readonly object: string },
  className: string,
  issuer: CertManager | undefined,
): { readonly annotations: Readonly<Record<string, string>> | undefined; readonly spec: k8s.IngressSpec } {
  const { paths = ["/"], tls } = endpoint.props satisfies HttpEntry;
  const isIssued = tls === undefined && issuer !== undefined;
  const secretName = isIssued ? `${names.object}-tls` : tls ? tls.secret : undefined;
  return {
    annotations: isIssued ? { [ISSUER_ANNOTATION[issuer.issuerKind]]: issuer.issuer } : undefined,
    spec: {
      ingressClassName: className,
      ...(secretName === undefined ? {} : { tls: [{ hosts: [...endpoint.hosts], secretName }] }),
      rules: endpoint.hosts.map((host) => ({
        host,
        http: {
          paths: paths.map((path) => ({
            path,
            pathType: "Prefix",
            backend: { service: { name: names.service, port: { number: endpoint.servicePort } } },
          })),
        },
      })),
    },
  };
}

// https://cert-manager.io/docs/usage/ingress/#supported-annotations
const ISSUER_ANNOTATION: Readonly<Record<CertManager["issuerKind"], string>> = {
  ClusterIssuer: "cert-manager.io/cluster-issuer",
  Issuer: "cert-manager.io/issuer",
};
