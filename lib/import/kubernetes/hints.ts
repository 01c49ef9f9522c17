import { mapOf, mapsOf, said } from "../json";
import type { WorkloadModel } from "../model";
import type { Inventory, Item } from "./inventory";
import { podTemplateOf } from "./objects";
import type { Planned } from "./plan";
import type { Built } from "./workload";

/** Services that nobody in the input is known to call: programs that have an address in their code are cut off by the policies. */
export function unreachedHints(planned: readonly Planned[], workloads: readonly WorkloadModel[]): string[] {
  const called = new Set(workloads.flatMap(({ edges }) => edges.map(({ to }) => to)));
  const unreached = planned
    .filter(({ id, service, entries }) => service && entries.length === 0 && !called.has(id))
    .map(({ id }) => id);
  if (unreached.length === 0) return [];
  return [
    `no variable of the input has an address of ${unreached.join(", ")}: who calls them from elsewhere, as by an address in its code, is cut off until it says connections: { … }`,
  ];
}

/** What is to be known of objects one by one. */
export function hintsOf(inventory: Inventory, planned: readonly Planned[], kept: readonly Item[]): string[] {
  const hints: string[] = [];
  const silent: string[] = [];
  for (const { id } of inventory.replaced)
    hints.push(`${id} is there twice; the last one counts, as with kubectl apply`);
  for (const { item, id, account } of planned) {
    const spec = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
    if (account && spec["automountServiceAccountToken"] !== false && !inventory.isBound(item.namespace, account.name)) {
      silent.push(id);
    }
  }
  if (silent.length > 0) {
    hints.push(
      `no role of the input is bound to the accounts of ${silent.join(", ")}, so their pods get no token for the API server; what asks it needs automountServiceAccountToken in transform.deployment`,
    );
  }
  const secrets = kept.filter(
    ({ kind, object }) =>
      kind === "core/Secret" && Object.keys({ ...mapOf(object["data"]), ...mapOf(object["stringData"]) }).length > 0,
  );
  for (const { name } of secrets)
    hints.push(
      `the Secret "${name}" stands in the folder kept with its values: take it out of the program before you commit it, and let a store of secrets make it`,
    );
  const databases = planned.filter(({ item }) =>
    /(^|\/)(postgres|postgresql|mysql|mariadb|mongo|mongodb|redis|valkey)(:|@|$)/.test(
      said(mapsOf(mapOf(mapOf(podTemplateOf(item.object))["spec"])["containers"])[0]?.["image"] ?? ""),
    ),
  );
  for (const { id } of databases)
    hints.push(`${id} is a database in a pod: a managed one survives its node, and its backups are made by others`);
  return hints;
}

const SECRET_NAME = /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i;
const SECRET_URL = /:\/\/[^\s/:@]*:[^\s/@$]+@/;

/** Variables that hold what is secret as text: it would stand in the program, and be committed with it. */
export function plainSecretHints(built: readonly Built[]): string[] {
  const found = built.flatMap(({ planned: { id }, variables }) => {
    const names = [...variables].flatMap(([name, variable]) => {
      const text = "text" in variable ? variable.text : "";
      return (SECRET_NAME.test(name) && text !== "" && !text.startsWith("$(")) || SECRET_URL.test(text) ? [name] : [];
    });
    return names.length > 0 ? [`${id} (${names.join(", ")})`] : [];
  });
  if (found.length === 0) return [];
  return [
    `${found.join(", ")}: what looks secret stands in the program as text, as it did in the input; keep it in a Secret, and say Ref.secretKey({ name, key })`,
  ];
}
