import type { KeySource, Ref } from "../../core/refs";
import type { Named } from "../../core/scope";
import type { OutputValue } from "../../core/tokens";

/** A value of an environment variable: plain, an output, a key of a secret or of a config, a field of the pod. */
export type Value = string | number | boolean | OutputValue | Ref;

/**
 * All keys of a Secret or a ConfigMap, as variables of their names.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#configure-all-key-value-pairs-in-a-configmap-as-container-environment-variables
 */
export type EnvironmentSource = KeySource & {
  /** Beginning of the variables' names. @default - none */
  readonly prefix?: string | undefined;
  /** Whether the container starts without it, too. @default false */
  readonly optional?: boolean | undefined;
};

/**
 * What becomes of running pods when what they were given changes: they are replaced, or the process reads the new file by itself, a
 * minute later at most.
 */
export type OnChange = "restart" | "reload";

/** An object of whatever type the program has for it, a list too; no function. Findings judge what is in it: types of interfaces do not say. */
type Data = { readonly [key: string]: unknown } | (object & { readonly [Symbol.hasInstance]?: never });

/**
 * Data of a structured file: text, numbers, booleans, and lists and objects of them; what is undefined in an object is left out. Outputs may
 * stand anywhere in it as values; they are put in before it is written, so quotes in them do no harm.
 */
export type Structured = string | number | boolean | null | Data;

/** How a file that is more than its text is made. */
export interface FileOptions {
  /**
   * Who may read it, in octal, as in `"0400"`. The file is root's; where `user` is a number, its group reads the file in any case.
   *
   * @default "0644"
   */
  readonly mode?: `0${number}` | undefined;
  /**
   * What becomes of running pods when it changes. With `"reload"` its folder holds nothing but such files: the whole folder is replaced at
   * once. With `"restart"`, what comes from a Secret or a ConfigMap made elsewhere needs the capability `reloader`.
   *
   * @default - "restart" for what the program says; what comes from elsewhere stays as it was at the start
   */
  readonly onChange?: OnChange | undefined;
}

type OneOf<T, K extends keyof T = keyof T> = K extends keyof T
  ? { readonly [P in K]: T[P] } & { readonly [P in Exclude<keyof T, K>]?: never }
  : never;

/** A file's content, by the format that it is written in. */
export type StructuredFile = FileOptions &
  OneOf<{
    /** Text, an output, a key of a Secret or ConfigMap. */
    readonly text: string | OutputValue | Ref;
    /** Written as JSON. */
    readonly json: Structured;
    /** Written as YAML. */
    readonly yaml: Structured;
    /** Written as TOML. */
    readonly toml: Data & { readonly [Symbol.iterator]?: never };
    /** Written as a Java properties file: `a.b=c`. */
    readonly properties: Named<Value | undefined>;
  }>;

/** Content of a file: text, an output, a key of a secret or of a config, data in one of several formats. */
export type FileContent = string | OutputValue | Ref | StructuredFile;
