import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { twice } from "../../core/lists";
import { isDnsLabel, isDnsSubdomain } from "../../core/names";
import { splitTarget } from "./entry-routes";
import type { HttpEntry } from "./types";

/** A host name as Ingress and Gateway API take it, perhaps with a first label that stands for any; no address. */
export function isHost(host: unknown): boolean {
  if (typeof host !== "string") return false;
  const name = host.startsWith("*.") ? host.slice(2) : host;
  const labels = name.split(".");
  return isDnsSubdomain(name) && host.length <= 253 && labels.every((label) => isDnsLabel(label)) && !isAddress(labels);
}

function isAddress(labels: readonly string[]): boolean {
  return labels.length === 4 && labels.every((label) => /^\d+$/.test(label));
}

/**
 * Why a prefix match does not take a path; undefined when it does.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/1.6/spec/#httppathmatch
 */
function pathFault(path: unknown): string | undefined {
  if (typeof path !== "string" || !path.startsWith("/")) return "does not start with a slash";
  if (path.length > 1024) return "is longer than 1024 characters";
  const refused = ["//", "/./", "/../", "%2f", "%2F", "#", "?", "*"].find((part) => path.includes(part));
  if (refused === "*") return 'holds "*", which stands for itself: a path is served with everything below it';
  if (refused !== undefined) return `holds "${refused}", which no path may`;
  if (/\/\.\.?$/.test(path)) return "ends with a dot segment";
  if (!/^(?:[-A-Za-z0-9/._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})+$/.test(path)) return "holds what must be percent-encoded";
  return undefined;
}

function checkPath(rule: "entry/path" | "entry/redirect", where: string, path: unknown): Problem[] {
  const fault = pathFault(path);
  if (fault === undefined) return [];
  return [{ rule, message: `path ${show(path)} of ${where} ${fault}`, fix: 'write it as "/" or "/api"' }];
}

/** Problems of the paths that an endpoint serves. */
export function checkPaths(where: string, { paths }: HttpEntry): Problem[] {
  if (paths === undefined) return [];
  const list = `${where}.paths`;
  if (paths.length < 1) {
    return [{ rule: "entry/path", message: `${list} is empty`, fix: "name a path, or leave it out to serve all" }];
  }
  return [
    ...paths.flatMap((path) => checkPath("entry/path", list, path)),
    ...twice(paths.map(prefixOf)).map((path) => ({
      rule: "entry/path",
      message: `${list} has "${path}" twice`,
      fix: "say it once",
    })),
  ];
}

/** Problems of the paths that an endpoint sends away. */
export function checkRedirects(where: string, { paths = ["/"], redirects = {} }: HttpEntry): Problem[] {
  const list = `${where}.redirects`;
  const problem = (message: string, fix: string): Problem => ({ rule: "entry/redirect", message, fix });
  const entries = Object.entries(redirects);
  const served = paths.map(prefixOf);
  const problems = [
    ...entries.flatMap(([from, to]) => [
      ...checkPath("entry/redirect", list, from),
      ...(served.includes(prefixOf(from))
        ? [
            problem(
              `${list} sends "${from}" away, which is among the paths that are served`,
              "take it out of one of them",
            ),
          ]
        : []),
      ...checkTarget(list, from, to),
    ]),
    ...twice(entries.map(([from]) => prefixOf(from))).map((from) =>
      problem(`${list} has "${from}" twice`, "say it once"),
    ),
  ];
  if (problems.length > 0) return problems;
  return entries
    .filter(([from]) => neverEnds(from, redirects, paths))
    .map(([from]) =>
      problem(`${list} sends "${from}" in a circle`, "let it end at a path that is served, or elsewhere"),
    );
}

function checkTarget(list: string, from: string, to: unknown): Problem[] {
  const fix = 'write a path, as in "/new", or a URL without query, as in "https://docs.acme.example/shop"';
  const target = typeof to === "string" ? splitTarget(to) : undefined;
  if (!target) {
    return [
      { rule: "entry/redirect", message: `${list} sends "${from}" to ${show(to)}, which is no path and no URL`, fix },
    ];
  }
  const { host, port = 443, path } = target;
  const isThere = host === undefined || (isHost(host) && !host.startsWith("*."));
  if (!isThere || port > 65_535) {
    return [{ rule: "entry/redirect", message: `${list} sends "${from}" to ${show(to)}, where no host can be`, fix }];
  }
  return checkPath("entry/redirect", list, path);
}

/** Browsers give up after twenty. */
const MOST_REDIRECTS = 20;

/** Whether who asks for a path is sent around within this endpoint for ever. */
function neverEnds(start: string, redirects: Readonly<Record<string, string>>, served: readonly string[]): boolean {
  const known = [...Object.keys(redirects), ...served].map((path) => ({ path, prefix: prefixOf(path) }));
  let at = start;
  for (let step = 0; step < MOST_REDIRECTS; step++) {
    const matches = known.filter(({ prefix }) => prefix === "/" || `${at}/`.startsWith(`${prefix}/`));
    const [longest] = matches.sort((a, b) => b.prefix.length - a.prefix.length);
    const to = longest && redirects[longest.path];
    if (longest === undefined || to === undefined || !to.startsWith("/")) return false;
    const below = at.slice(longest.prefix === "/" ? 0 : longest.prefix.length);
    at = `${to}/${below}`.replace(/\/+/g, "/").replace(/(?<=.)\/$/, "");
  }
  return true;
}

/** A path without the slash at its end, which makes no difference to a prefix match. */
function prefixOf(path: string): string {
  return path.replace(/(?<=.)\/$/, "");
}
