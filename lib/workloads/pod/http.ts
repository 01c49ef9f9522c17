import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import type { Named } from "../../core/scope";

/** How a node asks a container over HTTP. */
export type Scheme = "http" | "https";

/**
 * The field of a request that says HTTPS; HTTP goes without saying.
 *
 * @param where - what asks, as in `health.readiness`
 */
export function schemeField(
  where: string,
  scheme: Scheme | undefined,
  problems: Problem[],
): { readonly scheme?: "HTTPS" } {
  if (scheme === "https") return { scheme: "HTTPS" };
  if (scheme !== undefined && scheme !== "http") {
    problems.push({
      rule: "http/scheme",
      message: `${where}.scheme ${show(scheme)} is not known`,
      fix: 'write "http" or "https"',
    });
  }
  return {};
}

/**
 * What is wrong with headers of a request, as the API server sees it.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
 */
export function checkHeaders(where: string, headers: Named<string>): Problem[] {
  return Object.entries<unknown>(headers).flatMap(([name, value]) => {
    if (/^[-A-Za-z0-9]+$/.test(name) && typeof value === "string") return [];
    return [
      {
        rule: "http/header",
        message: `${where}.headers has ${show(name)}: ${show(value)}, which is no header`,
        fix: "use letters, digits and - in its name, and text as its value",
      },
    ];
  });
}
