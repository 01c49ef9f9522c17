import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { isDnsSubdomain } from "../../core/names";
import { hasToken } from "../../core/tokens";

/** The parts of an image reference. */
export interface ImageReference {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

// https://github.com/distribution/reference: [domain[:port]/]path[:tag][@digest]
const REFERENCE =
  /^(?<repository>(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[a-f0-9]{64}))?$/;

/** @returns undefined when it is not an image reference */
export function parseImage(image: string): ImageReference | undefined {
  const groups = typeof image === "string" ? REFERENCE.exec(image)?.groups : undefined;
  if (!groups?.["repository"]) return undefined;
  return { repository: groups["repository"], tag: groups["tag"], digest: groups["digest"] };
}

/** Problems of an image: not a reference, not pinned. */
export function checkImage(
  image: unknown,
  options: { readonly allowMutable: boolean; readonly production: boolean },
): Problem[] {
  if (typeof image !== "string") {
    return [
      {
        rule: "image/invalid",
        message: `image ${show(image)} is not a string`,
        fix: 'write it as "registry.example/app:1.2.3"',
      },
    ];
  }
  if (hasToken(image)) return [];
  const reference = parseImage(image);
  if (!reference) {
    return [
      {
        rule: "image/invalid",
        message: `image "${image}" is not an image reference`,
        fix: 'write it as "registry.example/app:1.2.3" or "registry.example/app@sha256:<64 hexadecimal digits>"',
      },
    ];
  }
  if (reference.digest !== undefined) return [];
  if (reference.tag === undefined || reference.tag === "latest") {
    if (options.allowMutable) return [];
    return [
      {
        rule: "image/mutable",
        message: `image "${image}" ${reference.tag ? "is tagged latest" : "has no tag"}, so what runs depends on when it was pulled`,
        fix: "pin a digest or a version tag, or say allowMutableImage: true",
      },
    ];
  }
  if (!options.production) return [];
  return [
    {
      rule: "image/no-digest",
      severity: "warning",
      message: `image "${image}" is pinned by a tag, which can be moved`,
      fix: `pin its digest, as in "${reference.repository}:${reference.tag}@sha256:…"`,
    },
  ];
}

/** What is wrong with the Secrets that images are pulled with. */
export function checkPullSecrets(names: readonly unknown[] | undefined): Problem[] {
  if (names === undefined) return [];
  if (Array.isArray(names) && names.every((name) => typeof name === "string" && isDnsSubdomain(name))) return [];
  return [
    {
      rule: "image/pull-secret",
      message: `imagePullSecrets ${show(names)} are not names of Secrets`,
      fix: 'give a list of names, as in ["registry"]',
    },
  ];
}

/** Value of the version label: the tag, where Kubernetes takes it. */
export function imageVersion(image: string): string | undefined {
  const tag = parseImage(image)?.tag;
  return tag !== undefined && tag.length <= 63 && /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(tag) ? tag : undefined;
}
