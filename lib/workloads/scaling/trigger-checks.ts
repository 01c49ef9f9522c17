import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { quoted } from "../../core/lists";
import type { Allowed, Named } from "../../core/scope";
import type { Trigger } from "./trigger";

/** Settings of a scaler, all of which are strings; what is not said is left out. */
export function metadataOf(settings: Readonly<Record<string, string | number | boolean | undefined>>): Named<string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** What is wrong with triggers, whichever cluster they are for. */
export function checkTriggers(triggers: Named<Trigger>): Problem[] {
  return Object.entries(triggers).flatMap(([name, trigger]) => {
    const where = `replicas.triggers.${name}`;
    if (name === "") return [invalid("replicas.triggers", "has one without a name", "give it one")];
    if (!isTrigger(trigger))
      return [invalid(`${where} ${show(trigger)}`, "is no trigger", "use Trigger.of(…), or one of its kin")];
    return [...trigger.check(where), ...checkAuthentication(where, trigger)];
  });
}

/** Whether it is a trigger, which what plain JavaScript gives need not be. */
export function isTrigger(trigger: unknown): trigger is Trigger {
  return typeof (trigger as Partial<Trigger> | null | undefined)?.check === "function";
}

function checkAuthentication(where: string, { authentication }: Trigger): Problem[] {
  return authentication === undefined ? [] : checkTexts(`${where}.authentication`, { name: authentication.name });
}

/** What is wrong with objects of the platform that triggers ask with: KEDA takes what they hold to wherever a trigger says. */
export function checkAllowedAuthentications(
  triggers: Named<Trigger>,
  { triggerAuthentications }: Pick<Allowed, "triggerAuthentications">,
): Problem[] {
  return Object.entries(triggers).flatMap(([name, trigger]) => {
    const { authentication } = isTrigger(trigger) ? trigger : {};
    if (!authentication?.name || authentication.kind === "TriggerAuthentication") return [];
    if (triggerAuthentications.includes(authentication.name)) return [];
    return [
      {
        rule: "trigger/not-allowed",
        message: `replicas.triggers.${name}.authentication names ClusterTriggerAuthentication "${authentication.name}", which is not the tenant's to use`,
        fix: `use ${triggerAuthentications.length === 0 ? "none" : `one of ${quoted(triggerAuthentications)}`}, or extend allowed.triggerAuthentications of the tenant's facts`,
      },
    ];
  });
}

/** What is wrong with settings that are given as KEDA has them. */
export function checkMetadata(where: string, type: string, metadata: Named<unknown>): Problem[] {
  if (typeof type !== "string" || type === "") return [invalid(where, "names no scaler", "name one of KEDA's")];
  if (type === "cpu" || type === "memory")
    return [invalid(where, `is for use of ${type}`, `say replicas.${type} in percent instead`)];
  return Object.entries(metadata).flatMap(([name, value]) =>
    typeof value === "string"
      ? []
      : [invalid(`${where}.${name} ${show(value)}`, "is no string, which KEDA takes only", `write "${String(value)}"`)],
  );
}

/** What is wrong with what each pod is to have. */
export function checkAmount(where: string, amount: number, form: "whole" | "any" = "any"): Problem[] {
  if (Number.isFinite(amount) && amount > 0 && (form === "any" || Number.isSafeInteger(amount))) return [];
  return [
    invalid(
      `${where}.perReplica ${show(amount)}`,
      "is not possible",
      form === "whole" ? "use a whole number from 1" : "use a number above zero",
    ),
  ];
}

/** Problems of what must be some text. */
export function checkTexts(where: string, texts: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    typeof text === "string" && text !== "" ? [] : [invalid(`${where}.${name}`, "is not said", "say it")],
  );
}

/**
 * What is wrong with variables that triggers take their settings from.
 *
 * @param known - names of the variables of the workload's container
 */
export function checkVariables(triggers: Named<Trigger>, known: readonly string[]): Problem[] {
  return Object.entries(triggers).flatMap(([name, trigger]) =>
    Object.entries(isTrigger(trigger) ? trigger.metadata : {}).flatMap(([setting, variable]) =>
      !setting.endsWith("FromEnv") || known.includes(variable)
        ? []
        : [
            {
              rule: "trigger/variable",
              message: `replicas.triggers.${name} reads ${setting.slice(0, -"FromEnv".length)} from the variable "${variable}", which the workload does not have`,
              fix: "add it to env, or name one that is there",
            },
          ],
    ),
  );
}

function invalid(where: string, why: string, fix: string): Problem {
  return { rule: "trigger/invalid", message: `${where} ${why}`, fix };
}
