/** The command was typed wrong, or there is no program: exit code 2. */
export class UsageError extends Error {
  public override readonly name = "UsageError";
}
