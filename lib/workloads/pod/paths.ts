/**
 * Whether something can be mounted at a path: absolute, of letters, digits and `. _ -`, without steps that lead nowhere or back.
 */
export function isMountPath(path: string): boolean {
  return /^(\/[A-Za-z0-9._-]+)+$/.test(path) && !path.split("/").some((step) => step === "." || step === "..");
}

/** Whether it is the path of a file or folder below another folder, as Kubernetes takes them for keys and parts of volumes. */
export function isRelativePath(path: string): boolean {
  return path !== "" && !/^(\/|\.\.)/.test(path) && !path.includes("\0") && !path.split("/").includes("..");
}
