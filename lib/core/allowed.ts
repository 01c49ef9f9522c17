import type { Problem } from "./findings";
import { quoted } from "./lists";
import type { Allowed } from "./scope";
import { hasToken } from "./tokens";

/** Limit of memory that the LimitRange of a tenant gives to containers without one. */
export const DEFAULT_MEMORY_LIMIT = "512Mi";

/**
 * Beginnings of the images that lists of registries admit: an entry that ends with `/` admits everything below; another one stands for a
 * registry or a repository, and must not admit `registry.example.evil` too. Images are compared with a `:` behind them.
 */
export function imagePrefixes(registries: readonly string[]): string[] {
  return registries.flatMap((registry) => {
    if (registry.endsWith("/")) return [registry];
    // What follows a host and a colon is a port, which is another registry.
    return registry.includes("/") ? [`${registry}/`, `${registry}:`, `${registry}@`] : [`${registry}/`];
  });
}

/** Whether an image comes from one of the registries. */
export function isAllowedImage(image: string, registries: readonly string[]): boolean {
  return imagePrefixes(registries).some((prefix) => `${image}:`.startsWith(prefix));
}

/** Whether a host, or a wildcard host as of an Ingress, is within the hosts; one that begins with `*` means all that end like it. */
export function isAllowedHost(host: string, hosts: readonly string[]): boolean {
  return hosts.some((pattern) => host === pattern || (pattern.startsWith("*") && host.endsWith(pattern.slice(1))));
}

/** A path in the store of secrets, as all that is there and below begins when there is a slash behind it. */
export function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** Whether a path in the store of secrets is one of the list, or below one; stores resolve `..`, so what has it leads elsewhere. */
export function isAllowedSecretPath(path: string, secretPaths: readonly string[]): boolean {
  return !path.split("/").includes("..") && secretPaths.some((given) => `${path}/`.startsWith(withSlash(given)));
}

/** Problems of an image that admission would refuse the tenant. */
export function checkAllowedImage(image: unknown, allowed: Pick<Allowed, "registries">): Problem[] {
  const { registries } = allowed;
  if (registries === undefined || typeof image !== "string" || hasToken(image)) return [];
  if (isAllowedImage(image, registries)) return [];
  return [
    {
      rule: "image/not-allowed",
      message: `image "${image}" is not from where the tenant takes its images`,
      fix: `use one from ${listed(registries)}, or extend allowed.registries of the tenant's facts`,
    },
  ];
}

/**
 * Problems of hosts that admission would refuse the tenant.
 *
 * @param where - the hosts' place in the props, as in `endpoints.http.hosts`
 */
export function checkAllowedHosts(where: string, given: readonly string[], allowed: Pick<Allowed, "hosts">): Problem[] {
  return given
    .filter((host) => !hasToken(host) && !isAllowedHost(host, allowed.hosts))
    .map((host) => ({
      rule: "host/not-allowed",
      message: `${where} has "${host}", which is not the tenant's to serve`,
      fix: `use one of ${listed(allowed.hosts)}, or extend allowed.hosts of the tenant's facts`,
    }));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : quoted(names);
}
