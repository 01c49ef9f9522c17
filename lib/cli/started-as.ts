import { basename, relative, sep } from "node:path";

/** How to type the command again, in the way that it was started. */
export function startedAs(): string {
  const script = process.argv[1] ?? "";
  const isNpms = (process.env["npm_execpath"] ?? "") !== "" || script.includes(`${sep}node_modules${sep}`);
  if (isNpms) return "npx flagstone";
  return basename(script) === "flagstone" ? "flagstone" : `node ${quote(relative(process.cwd(), script))}`;
}

/** An argument as a shell takes it. */
export function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
